# AR-Net's script: 50 epochs; SGD, lr 0.02 for a batch of 48, divided by 10 at
# epochs 20 and 40
train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=50, val_begin=1, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = [
    dict(
        type='MultiStepLR',
        begin=0,
        end=50,
        by_epoch=True,
        milestones=[20, 40],
        gamma=0.1)
]
# Momentum and weight decay: MMAction2's TSN
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=0.02, momentum=0.9, weight_decay=1e-4),
    clip_grad=dict(max_norm=20, norm_type=2))
# base_batch_size = (2 GPUs) x (24 videos per GPU)
auto_scale_lr = dict(enable=False, base_batch_size=48)
