# FCVID (239 classes, several of a video), video files as frames to choose
# from, for NSNet. A line of the lists: <file> <class> [<class> ...]
_base_ = './minikinetics_nsnet.py'

data_root = 'data/fcvid/videos'
ann_file_train = 'data/fcvid/fcvid_train_video.txt'
ann_file_val = 'data/fcvid/fcvid_val_video.txt'
guiding = 'work_dirs/fcvid/guiding'
grid = dict(type='SampleCandidates', clip_len=1, step=16)
# 224 px (supplement, A.1)
visual = dict(type='FrameView', num_frames=1, pipeline=_base_.frames)
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
labels = dict(multi_class=True, num_classes=239)
train_dataloader = dict(
    dataset=dict(
        ann_file=ann_file_train,
        data_prefix=dict(video=data_root),
        pipeline=train_pipeline,
        **labels))
val_dataloader = dict(
    dataset=dict(
        ann_file=ann_file_val,
        data_prefix=dict(video=data_root),
        pipeline=val_pipeline,
        **labels))
test_dataloader = val_dataloader
val_evaluator = dict(
    type='AccMetric', metric_list=('mean_average_precision', ))
test_evaluator = val_evaluator
