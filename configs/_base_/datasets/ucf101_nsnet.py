# UCF101 as frames to choose from, for NSNet
_base_ = './ucf101_frames.py'

guiding = 'work_dirs/ucf101/guiding'  # of tools/build_prototypes.py
# 16 of the frames that the recognizer scores, every 2th of the video (ours).
# In training the whole grid is shifted (supplement, A.1).
grid = dict(type='SampleCandidates', clip_len=1, step=2)
# 224 px (supplement, A.1)
visual = dict(
    type='FrameView',
    num_frames=1,
    pipeline=[
        dict(type='ClipDecode'),
        dict(type='Resize', scale=(-1, 256), lazy=True),
        dict(type='CenterCrop', crop_size=224, lazy=True),
        dict(type='FuseClip'),
        dict(type='FormatShape', input_format='NCHW')
    ])
skim = dict(
    type='SkimFirst',
    views=dict(visual=visual),
    pipeline=_base_.frames,
    opener=_base_.opener)
train_pipeline = [
    _base_.opener,
    dict(num_candidates=16, shift='all', **grid),
    dict(
        type='LoadClipScores', folder=f'{guiding}/train', column='prototype'),
    skim
]
val_pipeline = [
    _base_.opener,
    dict(num_candidates=16, test_mode=True, **grid), skim
]
test_pipeline = val_pipeline
train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=8, dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
