# Something-Something V1, which comes as raw frames, as MMAction2's:
# https://github.com/open-mmlab/mmaction2/blob/main/tools/data/sthv1
_base_ = './sthv2_rawframes.py'

data_root = data_root_val = 'data/sthv1/rawframes'
ann_file_train = 'data/sthv1/sthv1_train_list_rawframes.txt'
ann_file_val = 'data/sthv1/sthv1_val_list_rawframes.txt'

train_dataloader = dict(
    dataset=dict(
        ann_file=ann_file_train,
        data_prefix=dict(img=data_root),
        filename_tmpl='{:05}.jpg'))
val_dataloader = dict(
    dataset=dict(
        ann_file=ann_file_val,
        data_prefix=dict(img=data_root_val),
        filename_tmpl='{:05}.jpg'))
test_dataloader = val_dataloader
