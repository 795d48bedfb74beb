# Jester, which comes as raw frames, as MMAction2's:
# https://github.com/open-mmlab/mmaction2/blob/main/tools/data/jester
# A frame of each of 8 segments; no flip, as on Something-Something
_base_ = './sthv1_8segments.py'

data_root = data_root_val = 'data/jester/rawframes'
ann_file_train = 'data/jester/jester_train_list_rawframes.txt'
ann_file_val = 'data/jester/jester_val_list_rawframes.txt'

train_dataloader = dict(
    dataset=dict(ann_file=ann_file_train, data_prefix=dict(img=data_root)))
val_dataloader = dict(
    dataset=dict(ann_file=ann_file_val, data_prefix=dict(img=data_root_val)))
test_dataloader = val_dataloader
