# The quickstart: centres are expectations over heat maps of the synopsis.
# PlaceMetric says how often the sampler finds the disc.
_base_ = './s2dnet_r18-r18_1xb16-2x40-8x8-12e_glints-rgb.py'

model = dict(
    neck=dict(locator=dict(type='HeatmapLocator')),
    test_cfg=dict(return_grid=True))  # for PlaceMetric
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys=dict(neck=dict(lr_mult=0.1))))

# Every 2nd frame is taken, so a place in the clip is that in the video to
# within one frame.
pack = dict(
    type='PackActionInputs',
    meta_keys=('img_shape', 'img_key', 'video_id', 'timestamp', 'num_clips',
               'place'))
train_pipeline = [*_base_.train_pipeline[:-1], pack]
val_pipeline = [*_base_.val_pipeline[:-1], pack]
test_pipeline = val_pipeline
train_dataloader = dict(
    dataset=dict(
        type='PlacedVideoDataset',
        ann_file='train_places.txt',
        pipeline=train_pipeline))
val_dataloader = dict(
    dataset=dict(
        type='PlacedVideoDataset',
        ann_file='val_places.txt',
        pipeline=val_pipeline))
test_dataloader = val_dataloader
val_evaluator = [
    dict(
        type='SynopsisDetailMetric',
        metric_options=dict(top_k_accuracy=dict(topk=(1, 3)))),
    dict(type='PlaceMetric')
]
test_evaluator = val_evaluator
