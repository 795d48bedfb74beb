# Supplement, Sec. 3: 120 epochs, 40 of them with the sampler frozen; SGD,
# momentum 0.9, weight decay 1e-3, lr 1e-3 for a batch of 64, cosine decay.
train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=120, val_begin=1, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

custom_hooks = [
    dict(type='TwoStageHook', switch_epoch=40),
    dict(type='FiniteGuardHook'),
    dict(type='SamplingStatisticsHook')
]

# The supplement leaves the rest open; as in the authors' release: 5 epochs of
# warm-up, gradients clipped at 20, FC weights 5 x lr, biases 2 x lr and
# without decay, no decay of batch norms, the locator
# 0.1 x lr.
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=0.01,
        by_epoch=True,
        begin=0,
        end=5,
        convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        T_max=115,
        eta_min=0,
        by_epoch=True,
        begin=5,
        end=120,
        convert_to_iter_based=True)
]
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=0.001, momentum=0.9, weight_decay=0.001),
    paramwise_cfg=dict(
        bias_lr_mult=2,
        bias_decay_mult=0,
        norm_decay_mult=0,
        custom_keys={
            'cls_head.fc_synopsis.weight': dict(lr_mult=5),
            'cls_head.fc_detail.weight': dict(lr_mult=5),
            'cls_head.fc_synopsis.bias': dict(lr_mult=10, decay_mult=0),
            'cls_head.fc_detail.bias': dict(lr_mult=10, decay_mult=0),
            'context.fc': dict(lr_mult=5),  # has no bias beside its norm
            'neck': dict(lr_mult=0.1),
            'neck.locator.trunk.0': dict(lr_mult=0.1, decay_mult=0),
            'neck.locator.trunk.3': dict(lr_mult=0.1, decay_mult=0),
            'neck.locator.fcs.time.0.bias':
            dict(lr_mult=0.1, decay_mult=0),
            'neck.locator.fcs.space.0.bias':
            dict(lr_mult=0.1, decay_mult=0),
            # of HeatmapLocator
            'neck.locator.norm': dict(lr_mult=0.1, decay_mult=0),
            'neck.locator.fcs.time.bias': dict(lr_mult=0.1, decay_mult=0),
            'neck.locator.fcs.space.bias': dict(lr_mult=0.1, decay_mult=0)
        }),
    clip_grad=dict(max_norm=20, norm_type=2))

# base_batch_size = (8 GPUs) x (8 videos per GPU)
auto_scale_lr = dict(enable=False, base_batch_size=64)
sync_bn = 'torch'  # authors' release
