# Mini-Kinetics (docs/data.md), a frame of each of 8 segments
_base_ = './sthv2_8segments.py'

data_root = 'data/kinetics400/videos_train'
data_root_val = 'data/kinetics400/videos_val'
ann_file_train = 'data/minikinetics/minikinetics_train_list_videos.txt'
ann_file_val = 'data/minikinetics/minikinetics_val_list_videos.txt'

# With flips, unlike Something-Something (authors' code)
train_pipeline = [
    *_base_.train_pipeline[:6],
    dict(type='Flip', flip_ratio=0.5, lazy=True), *_base_.train_pipeline[6:]
]

train_dataloader = dict(
    dataset=dict(
        ann_file=ann_file_train,
        data_prefix=dict(video=data_root),
        pipeline=train_pipeline))
val_dataloader = dict(
    dataset=dict(
        ann_file=ann_file_val, data_prefix=dict(video=data_root_val)))
test_dataloader = val_dataloader
