# SCSampler on Haystack: RGB, objective AC, on a CPU (docs/scsampler.md). No
# setting is from the paper unless a comment says so.
_base_ = [
    '../../_base_/models/haystack_r3d18.py',
    '../../_base_/datasets/haystack.py', '../../_base_/default_runtime.py'
]

# Train recognizers/r3d18_..._haystack-trimmed-rgb.py first, with
# --work-dir work_dirs/haystack/recognizer.
checkpoint = 'work_dirs/haystack/recognizer/epoch_8.pth'
model = dict(
    type='SampledRecognizer',
    sampler=dict(
        type='ClipSampler',
        # ResNet-18 up to its second stage, a quarter as wide
        backbone=dict(
            type='ResNet3d',
            depth=18,
            pretrained=None,
            pretrained2d=False,
            base_channels=16,
            num_stages=2,
            out_indices=(1, ),
            spatial_strides=(1, 2),
            temporal_strides=(1, 1),
            dilations=(1, 1),
            inflate=(0, 0),
            conv1_kernel=(1, 3, 3),
            conv1_stride_s=2,
            with_pool1=False,
            with_pool2=False,
            zero_init_residual=False),
        num_classes=6,
        objective=dict(type='ActionObjective'),
        num_frames=1,
        size=28,
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        dropout_ratio=0.0),
    recognizer=dict(
        init_cfg=dict(type='Pretrained', checkpoint=checkpoint),
        **_base_.recognizer),
    select=dict(type='TopK', k=12),  # a tenth of the clips
    test_cfg=dict(return_saliency=True))

train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=12, val_begin=12, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.05, momentum=0.9, weight_decay=1e-4),
    clip_grad=dict(max_norm=20, norm_type=2))
param_scheduler = [
    dict(
        type='CosineAnnealingLR',
        T_max=12,
        eta_min=0,
        by_epoch=True,
        begin=0,
        end=12,
        convert_to_iter_based=True)
]
auto_scale_lr = dict(enable=False, base_batch_size=8)
randomness = dict(seed=0)
default_hooks = dict(
    checkpoint=dict(max_keep_ckpts=1, save_best=None),
    logger=dict(interval=10))
