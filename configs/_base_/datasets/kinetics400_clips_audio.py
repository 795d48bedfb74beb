# Kinetics-400 as clips to choose from by their sound
_base_ = './kinetics400_clips.py'

train_pipeline = [
    *_base_.train_pipeline[:3],
    dict(
        type='SkimFirst',
        views=dict(audio=dict(missing='silence', **_base_.audio)),
        pipeline=_base_.clips,
        opener=_base_.opener)
]
val_pipeline = [
    *_base_.val_pipeline[:2],
    dict(
        type='SkimFirst',
        # Without sound: what silence scores
        views=dict(audio=dict(missing='silence', **_base_.audio)),
        pipeline=_base_.clips,
        opener=_base_.opener)
]
test_pipeline = val_pipeline
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
