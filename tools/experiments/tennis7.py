"""Where S2DNet looks on real clips, and what it brings: tennis7 (a study).

    python tools/data/tennis7/prepare_tennis7.py SOURCE data/tennis7
    python tools/experiments/run_study.py tools/experiments/tennis7.py

Each seed is a fold: its clips come from source videos of which no clip is
trained on. As in telltale.py, a run of stage 2 starts from the weights of the
stage 1 of its fold.
"""

import telltale

BASE = 'configs/recognition/s2dnet/s2dnet_'
NETS = 'imagenet-pretrained-efficientnetlite0'
DATA = '1xb8-1x32-4x6-12e_tennis7-rgb.py'
F_THETA = f'{BASE}{NETS}-efficientnetlite0_{DATA}'
HEATMAP = f'{BASE}heatmap_{NETS}-efficientnetlite0_{DATA}'
ORACLE = f'{BASE}oracle_{NETS}-efficientnetlite0_{DATA}'
CENTRE_CROP = f'{BASE}centre-crop_{NETS}-efficientnetlite0_{DATA}'
SNET_ALONE = f'{BASE}snet-alone_{NETS}_1xb8-1x32-4x0-12e_tennis7-rgb.py'

STAGE1_EPOCHS, STAGE2_EPOCHS = 5, 7


def stage2(config, **options):
    return dict(config=config, needs='stage1',
                options=telltale.schedule(STAGE2_EPOCHS, telltale.WARMUP,
                                          **options))


LIVE = dict(custom_hooks=telltale.LIVE)
runs = {
    'stage1': dict(
        config=CENTRE_CROP, options=telltale.schedule(STAGE1_EPOCHS)),
    'snet': dict(
        config=SNET_ALONE,
        options=telltale.schedule(STAGE1_EPOCHS + STAGE2_EPOCHS)),
    'centre-crop': stage2(CENTRE_CROP),
    'f-theta': stage2(F_THETA, **LIVE),
    'heatmap': stage2(HEATMAP, **LIVE),
    'oracle': stage2(ORACLE)
}
rows = [
    dict(run=run, label=label, tables=['folds'], reference=reference)
    for run, label, reference in (
        ('snet', 'synopsis net alone', None),
        ('centre-crop', 'frozen centre crop', 'snet'),
        ('f-theta', 'S2DNet, f_theta of the paper', 'centre-crop'),
        ('heatmap', 'S2DNet, heat maps', 'centre-crop'),
        ('oracle', "window at the player's box", 'centre-crop'))]

seeds = [0, 1, 2, 3]
repeat = 'fold'
seed_options = [
    'train_dataloader.dataset.ann_file=fold{seed}_train_places.txt',
    'val_dataloader.dataset.ann_file=fold{seed}_val_places.txt',
    'test_dataloader.dataset.ann_file=fold{seed}_val_places.txt',
    'val_evaluator.1.ann_file=data/tennis7/fold{seed}_train.txt',
    'test_evaluator.1.ann_file=data/tennis7/fold{seed}_train.txt']
inputs = ['data/tennis7/dataset.json']
environment = telltale.environment
