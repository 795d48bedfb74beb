# Supplement, Sec. 1.2: 50 epochs; SGD, momentum 0.9, weight decay 1e-4, lr
# 0.002 for a batch of 32, divided by 10 at epochs 20 and 40.
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
# Multipliers and clipping: authors' code. 'navigation' also matches its norms,
# which therefore keep their weight decay.
optim_wrapper = dict(
    type='OptimWrapper',
    constructor='DefaultOptimWrapperConstructor',
    optimizer=dict(type='SGD', lr=0.002, momentum=0.9, weight_decay=1e-4),
    paramwise_cfg=dict(
        norm_decay_mult=0,
        custom_keys={
            'navigation': dict(lr_mult=10),
            'fusion.fc1.weight': dict(lr_mult=5),
            'fusion.fc2.weight': dict(lr_mult=5),
            'cls_head.fc_cls.weight': dict(lr_mult=5),
            'cls_head.fc_cls.bias': dict(lr_mult=10, decay_mult=0)
        }),
    clip_grad=dict(max_norm=20, norm_type=2))
# base_batch_size = (2 GPUs) x (16 videos per GPU)
auto_scale_lr = dict(enable=False, base_batch_size=32)

# Temperature 1 to 0.01 (supplement, Sec. 1.2). Epochs of the two schedules:
# authors' code.
custom_hooks = [
    dict(
        type='AFScheduleHook',
        start=1.0,
        end=0.01,
        end_epoch=50,
        decay='exponential',
        ratio_begin=10,
        ratio_end=20)
]
