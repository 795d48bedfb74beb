# Control: TSN. The same blocks without branches, on frames: the mean over
# space and time comes before the classifier, as in TSN.
_base_ = './afnet_rt0.5_r34_1xb32-1x1x8-30e_telltale-brief-rgb.py'

model = dict(
    _delete_=True,
    type='Recognizer3D',
    backbone=dict(
        type='ResNet3d',
        depth=34,
        pretrained=None,
        pretrained2d=False,
        base_channels=16,
        stage_blocks=(3, 3, 3, 1),
        inflate=(0, 0, 0, 0),
        temporal_strides=(1, 1, 1, 1),
        conv1_kernel=(1, 7, 7),
        conv1_stride_s=2,
        pool1_stride_t=1,
        with_pool2=False,
        zero_init_residual=False),
    cls_head=dict(
        type='I3DHead',
        num_classes=9,
        in_channels=128,
        dropout_ratio=0.0,
        topk=(1, 3),
        average_clips='prob'),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCTHW'))
# (N, C, T, H, W) in place of (N T, C, H, W)
train_pipeline = [
    *_base_.train_pipeline[:-2],
    dict(type='FormatShape', input_format='NCTHW'), _base_.train_pipeline[-1]
]
val_pipeline = [
    *_base_.val_pipeline[:-2],
    dict(type='FormatShape', input_format='NCTHW'), _base_.val_pipeline[-1]
]
test_pipeline = val_pipeline
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
val_evaluator = [_base_.val_evaluator[0]]
test_evaluator = val_evaluator
optim_wrapper = dict(paramwise_cfg=None)
custom_hooks = []
