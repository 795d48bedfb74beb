# Mini-Kinetics on the raw frames of Kinetics-400.
# tools/data/minikinetics/build_annotations.py makes the lists.
_base_ = './kinetics400_rawframes.py'

ann_file_train = 'data/minikinetics/minikinetics_train_list_rawframes.txt'
ann_file_val = 'data/minikinetics/minikinetics_val_list_rawframes.txt'

# One clip, one centre crop of 224 from 256 (Sec. 4.1).
test_pipeline = _base_.val_pipeline

train_dataloader = dict(dataset=dict(ann_file=ann_file_train))
val_dataloader = dict(dataset=dict(ann_file=ann_file_val))
test_dataloader = dict(
    dataset=dict(ann_file=ann_file_val, pipeline=test_pipeline))
