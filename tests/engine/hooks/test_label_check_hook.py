"""Labels that do not fit the head stop a run before its first step."""

from types import SimpleNamespace

import pytest
from mmengine.dataset import ConcatDataset, RepeatDataset
from mmengine.runner import Runner
from mmengine.runner.runner import _SlicedDataset

from s2dnet_mmaction.datasets import CheckedVideoDataset
from s2dnet_mmaction.engine import LabelCheckHook
from tests.support import glints, tiny
from tests.support.small_runs import TinyVideos


def runner_of(datasets, head=None):
    """What the hook needs of a runner; ``datasets`` by their loop."""
    model = SimpleNamespace(
        cls_head=head or SimpleNamespace(num_classes=tiny.NUM_CLASSES))
    loaders = {f'{split}_dataloader': SimpleNamespace(dataset=dataset)
               for split, dataset in datasets.items()}
    return SimpleNamespace(
        model=model, val_loop=datasets.get('val'), **loaders)


@pytest.fixture
def listed(tmp_path):

    def listed(text, **options):
        path = tmp_path / f'{len(list(tmp_path.iterdir()))}.txt'
        path.write_text(text)
        return CheckedVideoDataset(
            ann_file=str(path), pipeline=[], **options)

    return listed


@pytest.mark.parametrize('wrap', [
    lambda data: data, lambda data: RepeatDataset(data, 3),
    lambda data: ConcatDataset([data, data]),
    lambda data: _SlicedDataset(data, 9)])
def test_each_loop_and_wrapper(listed, wrap):
    good, bad = wrap(listed('a 0\nb 5')), wrap(listed('a 0\n\nb 5\nc 6'))
    hook = LabelCheckHook()
    hook.before_train(runner_of(dict(train=good)))
    hook.before_train(runner_of(dict(train=good, val=good)))
    hook.before_test(runner_of(dict(test=good)))
    match = (r'line 4 of .*1.txt: got the label 6, expected 0 <= label < '
             'num_classes=6, .*alone, write 0: an accuracy')
    for method, datasets in (('train', dict(train=bad)),
                             ('train', dict(train=good, val=bad)),
                             ('val', dict(val=bad)), ('test', dict(test=bad))):
        with pytest.raises(ValueError, match=match):
            getattr(hook, f'before_{method}')(runner_of(datasets))


def test_several_labels(listed):
    options = dict(multi_class=True)
    runner = runner_of(dict(test=listed('a 0 5', num_classes=6, **options)))
    LabelCheckHook().before_test(runner)
    runner = runner_of(dict(test=listed('a 0 5', num_classes=7, **options)))
    with pytest.raises(ValueError, match='got the label of 7 numbers'):
        LabelCheckHook().before_test(runner)


def test_unknown_parts_are_left_alone(listed):
    bad = listed('a 99')
    LabelCheckHook().before_test(runner_of(dict(test=bad), head=object()))
    LabelCheckHook().before_test(runner_of(dict(test=TinyVideos([3]))))


@pytest.mark.parametrize('kind, label, split, place', [
    ('VideoDataset', '6', 'train', 'clip 2'),
    ('CheckedVideoDataset', '6', 'val', 'line 3'),
    ('CheckedVideoDataset', '6', 'test', 'line 3'),
    ('VideoDataset', '', 'test', 'clip 2')])
def test_runs_of_the_quickstart(glints_root, tmp_path, kind, label, split,
                                place):
    """With the hook of the base config, and nothing of a user's own."""
    cfg = glints.config(glints_root, tmp_path)
    cfg.experiment_name = tmp_path.name
    dataset = cfg[f'{split}_dataloader'].dataset
    lines = (glints_root / dataset.ann_file).read_text().splitlines()
    lines[2] = f'{lines[2].split()[0]} {label}'
    (tmp_path / 'bad.txt').write_text('\n'.join(lines))
    dataset.update(type=kind, ann_file=str(tmp_path / 'bad.txt'))
    runner = Runner.from_cfg(cfg)
    with pytest.raises(ValueError, match=f'{place} of .*bad.txt: got the '):
        runner.test() if split == 'test' else runner.train()
