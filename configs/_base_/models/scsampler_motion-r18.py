# The visual sampler of SCSampler, "as in" CoViAR (supplement, Sec. 2.1): a
# ResNet-18 for motion vectors and one for residuals, from ImageNet, behind a
# batch norm of the input. That their saliency is averaged is ours.
_net = dict(
    type='ClipSampler',
    num_classes=400,
    objective=dict(type='RankObjective', margin=1.0),  # the margin is ours
    num_frames=1,
    size=112,
    norm_input=True)
sampler = dict(
    visual=dict(
        type='MeanSampler',
        samplers=dict(
            vectors=dict(
                backbone=dict(type='ResNet', depth=18, in_channels=2),
                channels=(0, 2),
                # CoViAR: / 255 - 0.5
                mean=[127.5] * 2,
                std=[255.0] * 2,
                # The first convolution has two channels (CoViAR).
                init_cfg=dict(
                    type='Pretrained',
                    checkpoint='torchvision://resnet18',
                    allow_missing='conv1.conv.weight',
                    classifier=False),
                **_net),
            residuals=dict(
                backbone=dict(type='ResNet', depth=18),
                channels=(2, 5),
                # CoViAR: (/ 255 - 0.5) / std of ImageNet
                mean=[127.5] * 3,
                std=[58.395, 57.12, 57.375],
                init_cfg=dict(
                    type='Pretrained',
                    checkpoint='torchvision://resnet18',
                    classifier=False),
                **_net))))
