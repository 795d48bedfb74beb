"""How well a window tells the group of the class: a linear classifier.

    python tools/experiments/group_from_window.py \\
        work_dirs/telltale_corner/no-fusion/seed*

It reads six numbers of each validation video, the centres and the strides
along t, y and x (in space the mean over the frames), learns from the first
half of the videos and prints its accuracy on the other half.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner, load_checkpoint
from study_job import last_checkpoint

import s2dnet_mmaction  # noqa: F401, registers the modules

NUM_MEMBERS = 3  # classes of a group
NUMBERS = [f'{number}_{axis}' for number in ('center', 'stride')
           for axis in 'tyx']


def windows(run):
    """(B, 6) numbers of the windows of a run, and (B,) groups."""
    cfg = Config.fromfile(str(run / 'config.py'))
    model = MODELS.build(cfg.model).eval()
    load_checkpoint(model, str(last_checkpoint(run)), 'cpu', strict=True)
    model.test_cfg['return_grid'] = True
    rows, groups = [], []
    for batch in Runner.build_dataloader(cfg.val_dataloader):
        with torch.no_grad():
            samples = model.test_step(batch)
        for sample in samples:
            rows.append([float(sample.sampling_grid[name][0].mean())
                         for name in NUMBERS])
            groups.append(int(sample.gt_label) // NUM_MEMBERS)
    return np.array(rows), np.array(groups)


def linear_accuracy(rows, groups):
    """Accuracy on the second half of least squares on the first."""
    rows = (rows - rows.mean(0)) / rows.std(0)
    inputs = np.column_stack([rows, np.ones(len(rows))])
    half = len(rows) // 2
    weights = np.linalg.lstsq(inputs[:half], np.eye(groups.max() + 1)[
        groups[:half]], rcond=None)[0]
    answers = (inputs[half:] @ weights).argmax(1)
    return float((answers == groups[half:]).mean())


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('runs', nargs='+', type=Path, help='their folders')
    init_default_scope('mmaction')
    for run in parser.parse_args().runs:
        rows, groups = windows(run)
        print(f'{run}: {linear_accuracy(rows, groups):.1%}')
        for group in range(groups.max() + 1):
            print(f'  group {group}: ' + ', '.join(
                f'{name} {mean:.2f}' for name, mean in zip(
                    NUMBERS, rows[groups == group].mean(0))))


if __name__ == '__main__':
    main()
