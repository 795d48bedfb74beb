# The audio sampler of SCSampler (supplement, Sec. 2.2): VGG of AudioSet, all
# of it fine-tuned. Its file: a PyTorch conversion of VGGish's weights.
sampler = dict(
    audio=dict(
        type='AudioSampler',
        backbone=dict(
            type='VGGish',
            init_cfg=dict(
                type='Pretrained', checkpoint='checkpoints/vggish.pth')),
        num_classes=400,
        # The margin is ours.
        objective=dict(type='RankObjective', margin=1.0)))
