# The sampler sees frames of 224 px, as AR-Net's line for testing feeds them
# (45.7 G); the published cost is that of 84 px.
_base_ = ('./scsampler-ac_imagenet-pretrained-mobilenetv2-r50_2xb24-1x1x16-'
          '50e_activitynet-rgb.py')

model = dict(sampler=dict(size=224))
train_pipeline = [
    _base_.train_pipeline[0],
    dict(
        type='SkimFirst',
        views=dict(
            visual=dict(
                type='FrameView',
                num_frames=1,
                pipeline=[
                    dict(type='RawClipDecode'),
                    dict(type='Resize', scale=(-1, 256), lazy=True),
                    dict(
                        type='MultiScaleCrop',
                        input_size=224,
                        scales=(1, 0.875, 0.75, 0.66),
                        random_crop=False,
                        max_wh_scale_gap=1,
                        num_fixed_crops=13,
                        lazy=True),
                    dict(
                        type='Resize',
                        scale=(224, 224),
                        keep_ratio=False,
                        lazy=True),
                    dict(type='Flip', flip_ratio=0.5, lazy=True),
                    dict(type='FuseClip'),
                    dict(type='FormatShape', input_format='NCHW')
                ])),
        pipeline=_base_.frames)
]
val_pipeline = [
    _base_.val_pipeline[0],
    dict(
        type='SkimFirst',
        views=dict(
            visual=dict(
                type='FrameView', num_frames=1, pipeline=_base_.frames)),
        pipeline=_base_.frames)
]
test_pipeline = val_pipeline
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
