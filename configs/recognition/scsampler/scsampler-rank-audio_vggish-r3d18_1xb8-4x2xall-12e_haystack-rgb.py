# SCSampler on Haystack: sound, objective SAL-RANK, on a CPU
# (docs/scsampler.md). A video without sound has no score: here it is that of
# silence.
_base_ = './scsampler-rank_r18-r3d18_1xb8-4x2xall-12e_haystack-rgb.py'

audio = dict(type='AudioView', missing='silence')
model = dict(
    sampler=dict(
        _delete_=True,
        audio=dict(
            type='AudioSampler',
            # VGGish up to its last map, an eighth as wide
            backbone=dict(type='VGGish', stage='pool4', base_channels=8),
            num_classes=6,
            objective=dict(type='RankObjective', margin=1.0),
            dropout_ratio=0.0)),
    select=dict(score='audio'))

train_pipeline = [
    *_base_.train_pipeline[:3],
    dict(
        type='SkimFirst',
        views=dict(audio=audio),
        pipeline=_base_.clips,
        opener=_base_.opener)
]
val_pipeline = [
    *_base_.val_pipeline[:2],
    dict(
        type='SkimFirst',
        views=dict(audio=audio),
        pipeline=_base_.clips,
        opener=_base_.opener)
]
test_pipeline = val_pipeline
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
