# Kinetics-400, raw frames (img_00001.jpg, ...), in MMAction2's layout:
# https://github.com/open-mmlab/mmaction2/blob/main/tools/data/kinetics
_base_ = './kinetics400.py'

dataset_type = 'CheckedRawframeDataset'
data_root = 'data/kinetics400/rawframes_train'
data_root_val = 'data/kinetics400/rawframes_val'
ann_file_train = 'data/kinetics400/kinetics400_train_list_rawframes.txt'
ann_file_val = 'data/kinetics400/kinetics400_val_list_rawframes.txt'
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
