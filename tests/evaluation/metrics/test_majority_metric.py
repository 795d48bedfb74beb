import pytest
import torch

from s2dnet_mmaction.evaluation import MajorityMetric


def evaluate(tmp_path, lines, labels):
    (tmp_path / 'train.txt').write_text('\n'.join(lines))
    metric = MajorityMetric(str(tmp_path / 'train.txt'))
    metric.process(None, [
        dict(gt_label=torch.tensor([label])) for label in labels])
    return metric.evaluate(len(labels))


@pytest.mark.parametrize('train, expected', [
    ([2, 0, 2, 1], 1 / 4),
    ([0, 0, 1], 2 / 4),
    ([1, 0], 2 / 4),  # a tie: the lower label
    ([3], 0),  # no class of the videos tested
])
def test_share_of_the_commonest_class(tmp_path, train, expected):
    lines = [f'some clip{n}.mp4 {label}' for n, label in enumerate(train)]
    got = evaluate(tmp_path, lines, [0, 1, 0, 2])
    assert got == {'majority/top1': expected}


def test_malformed_list(tmp_path):
    with pytest.raises(ValueError, match='line 2 of .*train.txt'):
        evaluate(tmp_path, ['a.mp4 1', 'b.mp4'], [0])
