# The same frames by the extractor of NSNet, for tools/score_clips.py and then
# tools/cache_features.py
_base_ = './nsnet-dense_r3d18_1x4xall_haystack-rgb.py'

model = dict(
    recognizer=dict(
        _delete_=True,
        init_cfg=dict(
            type='Pretrained', checkpoint=_base_.extractor_checkpoint),
        **_base_.extractor_recognizer))
small = [
    dict(type='ClipDecode'),
    dict(type='Resize', scale=(56, 56), keep_ratio=False, lazy=True),
    dict(type='FuseClip'),
    dict(type='FormatShape', input_format='NCTHW')
]
val_pipeline = [
    *_base_.val_pipeline[:2],
    dict(
        type='SkimFirst', views=dict(), pipeline=small, opener=_base_.opener)
]
test_pipeline = val_pipeline
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = val_dataloader
