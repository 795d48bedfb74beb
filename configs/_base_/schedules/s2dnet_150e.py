# Supplement, Sec. 3, Kinetics-400: 150 epochs, 50 of them with the sampler
# frozen, lr 5e-3 for a batch of 64. The rest as in the 120-epoch schedule.
_base_ = './s2dnet_120e.py'

train_cfg = dict(max_epochs=150)
custom_hooks = [
    dict(type='TwoStageHook', switch_epoch=50),
    dict(type='FiniteGuardHook'),
    dict(type='SamplingStatisticsHook')
]
param_scheduler = [
    _base_.param_scheduler[0],
    dict(_base_.param_scheduler[1], T_max=145, end=150)
]
optim_wrapper = dict(optimizer=dict(lr=0.005))
