# Supplement, Sec. 2.1: lr 0.001, lowered when the accuracy stops to grow;
# pretrained layers have a hundredth of it. CoViAR, which it follows: Adam with
# eps 0.001; its first convolution and input norm have a tenth. The number of
# epochs and the patience are ours.
train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=30, val_begin=1, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = [
    dict(
        type='ReduceOnPlateauLR',
        monitor='acc/top1',
        rule='greater',
        factor=0.1,
        patience=3)
]
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='Adam', lr=0.001, eps=0.001),
    paramwise_cfg=dict(
        custom_keys={
            'backbone.conv1': dict(lr_mult=0.1),
            'input_norm': dict(lr_mult=0.1),
            'backbone': dict(lr_mult=0.01)
        }))
# base_batch_size = (8 GPUs) x (8 videos per GPU)
auto_scale_lr = dict(enable=False, base_batch_size=64)
