# Telltale from decoded frames (5 GB), for many short trainings on a CPU;
# written by # tools/data/telltale/write_telltale.py --decode
_base_ = ['telltale.py']

# Array files replace the video files.
train_pipeline = [
    dict(type='DecodedInit'),
    _base_.train_pipeline[1],
    dict(type='ArrayDecode'),
    *_base_.train_pipeline[3:]
]
val_pipeline = [
    dict(type='DecodedInit'),
    _base_.val_pipeline[1],
    dict(type='ArrayDecode'),
    *_base_.val_pipeline[3:]
]
test_pipeline = val_pipeline

# Reading a memory map needs no worker.
loader = dict(num_workers=0, persistent_workers=False)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline), **loader)
val_dataloader = dict(dataset=dict(pipeline=val_pipeline), **loader)
test_dataloader = dict(dataset=dict(pipeline=val_pipeline), **loader)
