# NSNet on Haystack, frames of 56 px, on a CPU (docs/nsnet.md). No setting is
# from the paper unless a comment says so.
_base_ = [
    '../../_base_/models/haystack_r3d18.py',
    '../../_base_/models/haystack_r18-56.py',
    '../../_base_/datasets/haystack_frames.py',
    '../../_base_/default_runtime.py'
]

# Train the recognizer and the extractor first (docs/nsnet.md).
checkpoint = 'work_dirs/haystack/recognizer/epoch_8.pth'
extractor_checkpoint = 'work_dirs/haystack/extractor/epoch_8.pth'
model = dict(
    type='SampledRecognizer',
    sampler=dict(
        type='NSNetSampler',
        backbone=_base_.extractor,
        num_classes=6,
        frames_of_video=96,
        size=56,
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        encoder=dict(num_heads=4),
        # Dropout of 0.9 leaves 3 of the 32 channels (paper: of 1280).
        glimpse=dict(dropout_ratio=0.5),
        freeze_extractor=True,
        init_cfg=dict(
            type='Pretrained',
            checkpoint=extractor_checkpoint,
            classifier=False)),
    recognizer=dict(
        init_cfg=dict(type='Pretrained', checkpoint=checkpoint),
        **_base_.recognizer),
    select=dict(type='Fusion', k=10),  # union, alpha 0.6 (supplement)
    test_cfg=dict(return_saliency=True))

train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=40, val_begin=40, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
# SGD, its rate and the two steps, at 5/12 and 5/8 of the epochs, are those of
# the supplement.
optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=1e-4),
    clip_grad=dict(max_norm=40, norm_type=2))
param_scheduler = [
    dict(
        type='MultiStepLR',
        begin=0,
        end=40,
        by_epoch=True,
        milestones=[17, 25],
        gamma=0.1)
]
auto_scale_lr = dict(enable=False, base_batch_size=16)
randomness = dict(seed=0)
default_hooks = dict(
    checkpoint=dict(max_keep_ckpts=1, save_best=None),
    logger=dict(interval=15))
