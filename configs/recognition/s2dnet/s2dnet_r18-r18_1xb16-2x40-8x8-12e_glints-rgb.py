# The quickstart: both stages of S2DNet on a CPU within minutes. No setting is
# from the paper. The synopsis (16 px of 128) is too small to show the stripes,
# the detail is not.
_base_ = [
    '../../_base_/datasets/glints.py', '../../_base_/default_runtime.py'
]

model = dict(
    type='S2DNet',
    snet=dict(
        type='SNet',
        num_frames=8,
        size=16,
        backbone=dict(
            type='ResNet',
            depth=18,
            num_stages=2,
            strides=(1, 1),
            dilations=(1, 1),
            out_indices=(1, ))),
    context=dict(
        type='ContextualFeatures', out_channels=64, dropout_ratio=0.1),
    dnet=dict(
        type='DNet',
        num_frames=8,
        size=48,
        fusion_stages=('layer1', ),
        backbone=dict(
            type='ResNet',
            depth=18,
            num_stages=2,
            strides=(1, 2),
            dilations=(1, 1),
            out_indices=(1, ))),
    # Stage 2 starts from the window of stage 1, and the gradient is not
    # normalised: this training is too short to recover from the supplement's
    # settings (docs/fidelity.md).
    neck=dict(
        type='DetailSampler', init_span=(1.0, None), normalise_grad=None),
    cls_head=dict(
        type='TopKMaskedHead',
        num_classes=6,
        k=3,  # the members of a group
        dropout_ratio=0.1,
        topk=(1, 3),
        average_clips='prob'),
    data_preprocessor=dict(
        type='S2DNetDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375]))

val_evaluator = dict(
    metric_options=dict(top_k_accuracy=dict(topk=(1, 3))))
test_evaluator = val_evaluator

train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=12, val_begin=1, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.02, momentum=0.9, weight_decay=1e-4),
    paramwise_cfg=dict(custom_keys=dict(neck=dict(lr_mult=0.01))),
    clip_grad=dict(max_norm=20, norm_type=2))
param_scheduler = [
    dict(
        type='CosineAnnealingLR',
        T_max=12,
        eta_min=0,
        by_epoch=True,
        convert_to_iter_based=True)
]
auto_scale_lr = dict(enable=False, base_batch_size=16)
custom_hooks = [
    dict(type='TwoStageHook', switch_epoch=5),
    dict(type='FiniteGuardHook'),
    dict(type='SamplingStatisticsHook')
]
randomness = dict(seed=0)
default_hooks = dict(
    checkpoint=dict(max_keep_ckpts=1), logger=dict(interval=10))
