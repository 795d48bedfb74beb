# SCSampler by sound for MMAction2's R(2+1)D-34, objective SAL-CL: lr 0.001 for
# 10 epochs, a tenth for 6 more (supplement, Sec. 2.2)
_base_ = ('./scsampler-rank-audio_audioset-pretrained-vggish-r2plus1d-r34_'
          '8xb8-8x8xall-15e_kinetics400-rgb.py')

model = dict(
    sampler=dict(
        audio=dict(
            # How many of the 10 clips are salient is ours.
            objective=dict(_delete_=True, type='SalientObjective', k=3))))
train_cfg = dict(max_epochs=16)
param_scheduler = [
    dict(
        type='MultiStepLR',
        begin=0,
        end=16,
        by_epoch=True,
        milestones=[10],
        gamma=0.1)
]
optim_wrapper = dict(
    optimizer=dict(lr=0.001), paramwise_cfg=dict(_delete_=True))
