# Something-Something V2, raw frames (img_00001.jpg, ...), as MMAction2's:
# https://github.com/open-mmlab/mmaction2/blob/main/tools/data/sthv2
_base_ = './sthv2.py'

dataset_type = 'CheckedRawframeDataset'
data_root = 'data/sthv2/rawframes'
data_root_val = 'data/sthv2/rawframes'
ann_file_train = 'data/sthv2/sthv2_train_list_rawframes.txt'
ann_file_val = 'data/sthv2/sthv2_val_list_rawframes.txt'
# Raw frames need no opener, and RawClipDecode replaces ClipDecode.
decoder = dict(type='RawClipDecode')
train_pipeline = [
    _base_.train_pipeline[1], decoder, *_base_.train_pipeline[3:]
]
val_pipeline = [_base_.val_pipeline[1], decoder, *_base_.val_pipeline[3:]]
test_pipeline = [_base_.test_pipeline[1], decoder, *_base_.test_pipeline[3:]]

train_dataloader = dict(
    dataset=dict(
        type=dataset_type,
        ann_file=ann_file_train,
        data_prefix=dict(_delete_=True, img=data_root),
        pipeline=train_pipeline))
val_dataloader = dict(
    dataset=dict(
        type=dataset_type,
        ann_file=ann_file_val,
        data_prefix=dict(_delete_=True, img=data_root_val),
        pipeline=val_pipeline))
test_dataloader = dict(
    dataset=dict(
        type=dataset_type,
        ann_file=ann_file_val,
        data_prefix=dict(_delete_=True, img=data_root_val),
        pipeline=test_pipeline))
