_base_ = './afnet_55e.py'

# Other linear layers have no multipliers here (authors' code).
optim_wrapper = dict(
    paramwise_cfg=dict(
        custom_keys={
            '_delete_': True,
            'navigation': dict(lr_mult=10),
            'cls_head.fc.weight': dict(lr_mult=5),
            'cls_head.fc.bias': dict(lr_mult=10, decay_mult=0),
            'cls_head.fc_cls.weight': dict(lr_mult=5),
            'cls_head.fc_cls.bias': dict(lr_mult=10, decay_mult=0)
        }))
