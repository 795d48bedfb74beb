# Supplement, A.1: 120 epochs of SGD, momentum 0.9, batch 64; lr 0.01, divided
# by 10 at epochs 50 and 75. Weight decay and clipping are those of MMAction2's
# TSN.
train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=120, val_begin=1, val_interval=5)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = [
    dict(
        type='MultiStepLR',
        begin=0,
        end=120,
        by_epoch=True,
        milestones=[50, 75],
        gamma=0.1)
]
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=1e-4),
    clip_grad=dict(max_norm=40, norm_type=2))
# base_batch_size = (8 GPUs) x (8 videos per GPU)
auto_scale_lr = dict(enable=False, base_batch_size=64)
