# ActivityNet 1.3, whole untrimmed videos as raw frames, of which 16 are to
# choose from (AR-Net). A video may have several classes.
_base_ = './minikinetics_frames.py'

dataset_type = 'CheckedRawframeDataset'
data_root = data_root_val = 'data/ActivityNet/rawframes'
ann_file_train = 'data/ActivityNet/anet_train_video.txt'
ann_file_val = 'data/ActivityNet/anet_val_video.txt'

opener = None
frames = [dict(type='RawClipDecode'), *_base_.frames[1:]]
visual = dict(
    type='FrameView',
    num_frames=1,
    pipeline=[dict(type='RawClipDecode'), *_base_.visual.pipeline[1:]])
train_pipeline = [
    _base_.candidates,
    dict(
        type='SkimFirst',
        views=dict(
            visual=dict(
                type='FrameView',
                num_frames=1,
                pipeline=[
                    dict(type='RawClipDecode'),
                    *_base_.train_pipeline[2].views.visual.pipeline[1:]
                ])),
        pipeline=frames)
]
val_pipeline = [
    dict(test_mode=True, **_base_.candidates),
    dict(type='SkimFirst', views=dict(visual=visual), pipeline=frames)
]
test_pipeline = val_pipeline

labels = dict(multi_class=True, num_classes=200)
train_dataloader = dict(
    dataset=dict(
        type=dataset_type,
        ann_file=ann_file_train,
        data_prefix=dict(_delete_=True, img=data_root),
        filename_tmpl='img_{:05}.jpg',
        pipeline=train_pipeline,
        **labels))
val_dataloader = dict(
    dataset=dict(
        type=dataset_type,
        ann_file=ann_file_val,
        data_prefix=dict(_delete_=True, img=data_root_val),
        filename_tmpl='img_{:05}.jpg',
        pipeline=val_pipeline,
        **labels))
test_dataloader = val_dataloader

val_evaluator = [
    dict(
        type='AccMetric',
        metric_list=('mean_average_precision', ))
]
test_evaluator = val_evaluator
