# AFNet on Telltale with brief stripes, on a CPU (docs/afnet.md). No setting is
# from the paper unless a comment says so.
_base_ = [
    '../../_base_/datasets/telltale_brief.py',
    '../../_base_/default_runtime.py'
]

model = dict(
    type='AFNet',
    backbone=dict(
        type='AFResNet',
        depth=34,
        num_segments=8,
        stage_blocks=(3, 3, 3, 1),
        base_channels=16,
        # 1700 iterations are too few for the authors' (1, 10).
        start_logits=(0.0, 2.0)),
    cls_head=dict(
        type='TSMHead',
        num_classes=9,
        in_channels=128,
        num_segments=8,
        is_shift=False,
        spatial_type='avg',
        consensus=dict(type='AvgConsensus', dim=1),
        dropout_ratio=0.0,
        topk=(1, 3),
        average_clips='prob'),
    keep_ratio=dict(target=0.5, loss_weight=1.0),
    test_cfg=dict(return_masks=True),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCHW'))

train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=30, val_begin=1, val_interval=2)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.05, momentum=0.9, weight_decay=1e-4),
    paramwise_cfg=dict(custom_keys=dict(navigation=dict(lr_mult=10))),
    clip_grad=dict(max_norm=20, norm_type=2))
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=0.01,
        by_epoch=True,
        begin=0,
        end=1,
        convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        T_max=29,
        eta_min=0,
        by_epoch=True,
        begin=1,
        end=30,
        convert_to_iter_based=True)
]
auto_scale_lr = dict(enable=False, base_batch_size=32)
# The schedules of the paper in the same proportion to the epochs
custom_hooks = [
    dict(
        type='AFScheduleHook', end_epoch=27, ratio_begin=3, ratio_end=9)
]
randomness = dict(seed=0)
default_hooks = dict(
    checkpoint=dict(max_keep_ckpts=1), logger=dict(interval=20))
