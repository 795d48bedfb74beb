# Supplement, Sec. 2.2, SAL-RANK on Kinetics: lr 0.03 (Sports-1M: 0.01) for 5
# epochs, then divided by 10 every 5; pretrained layers have a twentieth. It
# does not say when it ends, and names no optimiser: 15 epochs of SGD are ours.
train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=15, val_begin=1, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = [
    dict(
        type='MultiStepLR',
        begin=0,
        end=15,
        by_epoch=True,
        milestones=[5, 10],
        gamma=0.1)
]
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=0.03, momentum=0.9, weight_decay=1e-4),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.05))),
    clip_grad=dict(max_norm=20, norm_type=2))
# base_batch_size = (8 GPUs) x (8 videos per GPU)
auto_scale_lr = dict(enable=False, base_batch_size=64)
