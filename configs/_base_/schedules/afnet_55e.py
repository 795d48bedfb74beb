# Supplement, Sec. 1.3 (Something-Something, Jester): 55 epochs, lr 0.01,
# divided by 10 at epochs 25 and 45; lambda 0.5 is in the configs.
_base_ = './afnet_50e.py'

train_cfg = dict(max_epochs=55)
param_scheduler = [
    dict(
        type='MultiStepLR',
        begin=0,
        end=55,
        by_epoch=True,
        milestones=[25, 45],
        gamma=0.1)
]
optim_wrapper = dict(optimizer=dict(lr=0.01))
