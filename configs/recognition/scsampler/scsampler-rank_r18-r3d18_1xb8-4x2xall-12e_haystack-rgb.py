# SCSampler on Haystack: RGB, objective SAL-RANK, on a CPU (docs/scsampler.md).
_base_ = './scsampler-ac_r18-r3d18_1xb8-4x2xall-12e_haystack-rgb.py'

model = dict(
    sampler=dict(
        # The margin is ours; the paper's is not known.
        objective=dict(_delete_=True, type='RankObjective', margin=1.0)))
# python tools/score_clips.py (docs/scsampler.md)
train_pipeline = [
    *_base_.train_pipeline[:2],
    dict(
        type='LoadClipScores',
        folder='work_dirs/haystack/clip_scores/train'),
    _base_.train_pipeline[2]
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
