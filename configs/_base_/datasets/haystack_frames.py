# Haystack as frames to choose from: 96 of those of every half second
_base_ = './haystack.py'

# What the sampler sees: half as large
visual = dict(
    type='FrameView',
    num_frames=1,
    pipeline=[
        dict(type='ClipDecode'),
        dict(type='Resize', scale=(56, 56), keep_ratio=False, lazy=True),
        dict(type='FuseClip'),
        dict(type='FormatShape', input_format='NCHW')
    ])
grid = dict(type='SampleCandidates', clip_len=1, step=4)
guiding = 'work_dirs/haystack/guiding'  # of tools/build_prototypes.py
features = 'work_dirs/haystack/features'  # of tools/cache_features.py
train_pipeline = [
    dict(type='FeatureInit', folder=features),
    dict(num_candidates=96, shift='all', **grid),
    dict(
        type='LoadClipScores', folder=f'{guiding}/train', column='prototype'),
    dict(
        type='SkimFirst',
        chunk=96,
        views=dict(visual=dict(type='FeatureView', folder=features)),
        pipeline=_base_.clips)
]
val_pipeline = [
    _base_.opener,
    dict(num_candidates=96, test_mode=True, **grid),
    dict(
        type='SkimFirst',
        chunk=96,
        views=dict(visual=visual),
        pipeline=_base_.clips,
        opener=_base_.opener)
]
test_pipeline = val_pipeline
train_dataloader = dict(batch_size=16, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
