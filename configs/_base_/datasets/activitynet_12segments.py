# ActivityNet 1.3, whole untrimmed videos, raw frames as MMAction2's:
# https://github.com/open-mmlab/mmaction2/blob/main/tools/data/activitynet
# A frame of each of 12 segments
_base_ = './sthv1_12segments.py'

data_root = data_root_val = 'data/ActivityNet/rawframes'
ann_file_train = 'data/ActivityNet/anet_train_video.txt'
ann_file_val = 'data/ActivityNet/anet_val_video.txt'

# With flips, unlike Something-Something (authors' code)
train_pipeline = [
    *_base_.train_pipeline[:5],
    dict(type='Flip', flip_ratio=0.5, lazy=True), *_base_.train_pipeline[5:]
]

# A line may have several classes; mAP needs labels as vectors.
labels = dict(multi_class=True, num_classes=200)
train_dataloader = dict(
    dataset=dict(
        ann_file=ann_file_train,
        data_prefix=dict(img=data_root),
        filename_tmpl='img_{:05}.jpg',
        pipeline=train_pipeline,
        **labels))
val_dataloader = dict(
    dataset=dict(
        ann_file=ann_file_val,
        data_prefix=dict(img=data_root_val),
        filename_tmpl='img_{:05}.jpg',
        **labels))
test_dataloader = val_dataloader

val_evaluator = [
    dict(type='AccMetric', metric_list=('mean_average_precision', ))
]
test_evaluator = val_evaluator
