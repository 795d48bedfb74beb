"""A tiny Haystack, and its configs made small."""

from mmengine.config import Config

from s2dnet_mmaction.datasets.preparation.haystack import (
    HaystackOptions,
    write_dataset,
)
from tests.support.glints import ROOT

FOLDER = 'configs/recognition/scsampler/'
RECOGNIZER = (f'{FOLDER}recognizers/'
              'r3d18_1xb32-4x2x1-8e_haystack-trimmed-rgb.py')
SAMPLER = FOLDER + 'scsampler-{}_r18-r3d18_1xb8-4x2xall-12e_haystack-rgb.py'
DENSE = f'{FOLDER}scsampler-dense_r3d18_4x2xall_haystack-rgb.py'
TINY = HaystackOptions(num_train=6, num_val=3, num_trimmed=6,
                       seconds=(20, 24), num_events=(2, 2), frame_px=64)


def write(root):
    """The data set; returns options for --cfg-options."""
    write_dataset(str(root), TINY, num_jobs=2)
    return {f'{name}_dataloader.dataset.data_root': str(root)
            for name in ('train', 'val', 'test')}


def options(root, epochs=1):
    """Overrides of a config: tiny data, one short epoch, no processes."""
    chosen = dict(write(root))
    for name in ('train', 'val', 'test'):
        chosen.update({f'{name}_dataloader.num_workers': 0,
                       f'{name}_dataloader.persistent_workers': False,
                       f'{name}_dataloader.batch_size': 3})
    chosen.update({'train_cfg.max_epochs': epochs, 'train_cfg.val_begin': 1})
    return chosen


def config(path, root, work_dir, recognizer=None, **changes):
    """A small config with all of it set."""
    cfg = Config.fromfile(ROOT / path)
    chosen = options(root)
    if cfg.model.type == 'SampledRecognizer':
        for name in ('val', 'test'):
            chosen[f'{name}_evaluator.1.events'] = f'{root}/events.json'
        chosen['model.recognizer.init_cfg.checkpoint'] = str(recognizer)
    cfg.merge_from_dict({**chosen, **changes})
    cfg.work_dir = str(work_dir)
    return cfg
