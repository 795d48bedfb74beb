# SCSampler by sound for MMAction2's R(2+1)D-34, objective AC: lr 0.001,
# divided by 10 every 5 epochs (supplement, Sec. 2.2)
_base_ = ('./scsampler-rank-audio_audioset-pretrained-vggish-r2plus1d-r34_'
          '8xb8-8x8xall-15e_kinetics400-rgb.py')

model = dict(
    sampler=dict(
        audio=dict(objective=dict(_delete_=True, type='ActionObjective'))))
# It needs no scores of the recognizer.
train_pipeline = [*_base_.train_pipeline[:2], _base_.train_pipeline[3]]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
optim_wrapper = dict(
    optimizer=dict(lr=0.001), paramwise_cfg=dict(_delete_=True))
