# Telltale from decoded frames (5 GB), for many short trainings on a CPU:
# tools/data/telltale/write_telltale.py --decode
_base_ = ['telltale.py']
meta_keys = {{_base_.meta_keys}}

train_pipeline = [
    dict(type='DecodedInit'),
    dict(type='SampleStridedFrames', frame_interval=1, max_frames=48),
    dict(type='ArrayDecode'),
    dict(type='FuseClip'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', meta_keys=meta_keys)
]
val_pipeline = [
    dict(type='DecodedInit'),
    dict(
        type='SampleStridedFrames',
        frame_interval=1,
        max_frames=48,
        test_mode=True),
    dict(type='ArrayDecode'),
    dict(type='FuseClip'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', meta_keys=meta_keys)
]
test_pipeline = val_pipeline

# Reading a memory map needs no worker.
loader = dict(num_workers=0, persistent_workers=False)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline), **loader)
val_dataloader = dict(dataset=dict(pipeline=val_pipeline), **loader)
test_dataloader = dict(dataset=dict(pipeline=val_pipeline), **loader)
