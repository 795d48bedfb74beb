# Something-Something V1, which comes as raw frames, as MMAction2's:
# https://github.com/open-mmlab/mmaction2/blob/main/tools/data/sthv1
# A frame of each of 12 segments
_base_ = './sthv2_12segments.py'

dataset_type = 'CheckedRawframeDataset'
data_root = data_root_val = 'data/sthv1/rawframes'
ann_file_train = 'data/sthv1/sthv1_train_list_rawframes.txt'
ann_file_val = 'data/sthv1/sthv1_val_list_rawframes.txt'
# Raw frames need no opener, and RawClipDecode replaces ClipDecode.
decoder = dict(type='RawClipDecode')
train_pipeline = [
    _base_.train_pipeline[1], decoder, *_base_.train_pipeline[3:]
]
val_pipeline = [_base_.val_pipeline[1], decoder, *_base_.val_pipeline[3:]]
test_pipeline = val_pipeline

train_dataloader = dict(
    dataset=dict(
        type=dataset_type,
        ann_file=ann_file_train,
        data_prefix=dict(_delete_=True, img=data_root),
        filename_tmpl='{:05}.jpg',
        pipeline=train_pipeline))
val_dataloader = dict(
    dataset=dict(
        type=dataset_type,
        ann_file=ann_file_val,
        data_prefix=dict(_delete_=True, img=data_root_val),
        filename_tmpl='{:05}.jpg',
        pipeline=val_pipeline))
test_dataloader = val_dataloader
