# Kinetics-400 as clips to choose from by their sound
_base_ = './kinetics400_clips.py'

opener = dict(type='ClipInit')

train_pipeline = [
    opener, *_base_.train_pipeline[1:3],
    dict(
        type='SkimFirst',
        views=dict(audio=dict(missing='silence', **_base_.audio)),
        pipeline=_base_.clips,
        opener=opener)
]
val_pipeline = [
    opener, _base_.val_pipeline[1],
    dict(
        type='SkimFirst',
        # Without sound: what silence scores
        views=dict(audio=dict(missing='silence', **_base_.audio)),
        pipeline=_base_.clips,
        opener=opener)
]
test_pipeline = val_pipeline
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
