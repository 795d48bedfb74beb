# ActivityNet 1.3, whole untrimmed videos with the classes of what happens in
# them (docs/data.md); a frame of each of 12 segments
_base_ = './sthv2_12segments.py'

data_root = 'data/ActivityNet/videos'
ann_file_train = 'data/ActivityNet/anet_train_video.txt'
ann_file_val = 'data/ActivityNet/anet_val_video.txt'

# With flips, unlike Something-Something (authors' code)
train_pipeline = [
    *_base_.train_pipeline[:6],
    dict(type='Flip', flip_ratio=0.5, lazy=True), *_base_.train_pipeline[6:]
]

# A video may have several classes.
labels = dict(multi_class=True, num_classes=200)
train_dataloader = dict(
    dataset=dict(
        ann_file=ann_file_train,
        data_prefix=dict(video=data_root),
        pipeline=train_pipeline,
        **labels))
val_dataloader = dict(
    dataset=dict(
        ann_file=ann_file_val, data_prefix=dict(video=data_root), **labels))
test_dataloader = val_dataloader

val_evaluator = [
    dict(type='AccMetric', metric_list=('mean_average_precision', )),
    dict(type='KeepRatioMetric')
]
test_evaluator = val_evaluator
