# SCSampler by motion and sound for MMAction2's R(2+1)D-34, AV-union-list. The
# paper trains each sampler by itself: train the configs of each, then join
# their files with tools/model_converters/join_samplers.py and test this one.
# Training this one trains both by the schedule of the visual sampler.
_base_ = (
    './scsampler-rank-motion_imagenet-pretrained-r18-r2plus1d-r34_'
    '8xb8-8x8xall-30e_kinetics400-rgb.py')

model = dict(
    sampler=dict(
        _delete_=True,
        visual=_base_.model.sampler.visual,
        # As _base_/models/scsampler_vggish.py
        audio=dict(
            type='AudioSampler',
            backbone=dict(
                type='VGGish',
                init_cfg=dict(
                    type='Pretrained', checkpoint='checkpoints/vggish.pth')),
            num_classes=400,
            objective=dict(type='RankObjective', margin=1.0))),
    # 8 by sight and 2 by sound (supplement, Sec. 3.1)
    select=dict(_delete_=True, type='AVUnionList', k_visual=8, k=10),
    fallback=dict(audio='visual'))
_views = dict(visual=_base_.motion, audio=_base_.audio)
_rest = dict(type='SkimFirst', pipeline=_base_.clips, opener=_base_.opener)
train_pipeline = [
    *_base_.train_pipeline[:3],
    dict(
        views=dict(
            visual=_base_.motion, audio=dict(missing='silence',
                                             **_base_.audio)),
        **_rest)
]
val_pipeline = [*_base_.val_pipeline[:2], dict(views=_views, **_rest)]
test_pipeline = val_pipeline
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
val_evaluator = [dict(type='AccMetric'), dict(type='FallbackMetric')]
test_evaluator = val_evaluator
