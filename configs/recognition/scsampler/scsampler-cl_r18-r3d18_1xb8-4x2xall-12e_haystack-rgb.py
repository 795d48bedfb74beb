# SCSampler on Haystack: RGB, objective SAL-CL, on a CPU (docs/scsampler.md).
_base_ = './scsampler-rank_r18-r3d18_1xb8-4x2xall-12e_haystack-rgb.py'

model = dict(
    sampler=dict(
        # 4 of the 40 clips of a video in training: a tenth, as in testing
        objective=dict(_delete_=True, type='SalientObjective', k=4)))
