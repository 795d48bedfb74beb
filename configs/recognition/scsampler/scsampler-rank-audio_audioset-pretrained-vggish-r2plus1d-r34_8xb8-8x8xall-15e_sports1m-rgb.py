# SCSampler by sound on Sports-1M, objective SAL-RANK: lr 0.01 (supplement,
# Sec. 2.2). MMAction2 has no recognizer of Sports-1M: train one first.
_base_ = ('./scsampler-rank-audio_audioset-pretrained-vggish-r2plus1d-r34_'
          '8xb8-8x8xall-15e_kinetics400-rgb.py')

model = dict(
    sampler=dict(audio=dict(num_classes=487)),
    recognizer=dict(
        cls_head=dict(num_classes=487),
        init_cfg=dict(checkpoint='checkpoints/r2plus1d_r34_sports1m.pth')))
data_root = 'data/sports1m/videos'
train_pipeline = [
    *_base_.train_pipeline[:2],
    dict(
        type='LoadClipScores', folder='work_dirs/sports1m/clip_scores/train'),
    _base_.train_pipeline[3]
]
train_dataloader = dict(
    dataset=dict(
        ann_file='data/sports1m/sports1m_train_list_videos.txt',
        data_prefix=dict(video=data_root),
        pipeline=train_pipeline))
val_dataloader = dict(
    dataset=dict(
        ann_file='data/sports1m/sports1m_test_list_videos.txt',
        data_prefix=dict(video=data_root)))
test_dataloader = val_dataloader
optim_wrapper = dict(optimizer=dict(lr=0.01))
