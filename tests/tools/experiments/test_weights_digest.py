"""One digest for the same bits."""

import time

import pytest
import torch
from weights_digest import weights_digest

from tests.support.command_line import call_tool

WEIGHTS = dict(a=torch.tensor([1., 2.]), b=torch.tensor(3))


def save(file, **changes):
    weights = {**WEIGHTS, **changes}
    torch.save(dict(meta=time.time(), state_dict=weights), file)
    return str(file)


@pytest.mark.parametrize('changes', [
    dict(a=torch.tensor([1., 2.0000002])),
    dict(a=torch.tensor([[1., 2.]])),
    dict(a=torch.tensor([1., 2.]).view(torch.int32)),
    dict(b=torch.tensor(4)),
    dict(c=torch.tensor(3)),
])
def test_tells_weights_apart(tmp_path, changes):
    one, same, other = (
        weights_digest(save(tmp_path / name, **keys)) for name, keys in (
            ('one', {}), ('same', {}), ('other', changes)))
    assert one == same != other


def test_order_and_layout_do_not_matter(tmp_path):
    a = torch.arange(6.).view(2, 3)
    reordered = dict(state_dict=dict(a=a.t().contiguous().t(), b=WEIGHTS['b']))
    torch.save(reordered, tmp_path / 'reordered')
    torch.save(dict(b=WEIGHTS['b'], a=a), tmp_path / 'bare')
    assert weights_digest(tmp_path / 'reordered') == weights_digest(
        tmp_path / 'bare')


def test_prints(tmp_path):
    file = save(tmp_path / 'x.pth')
    printed = call_tool('experiments/weights_digest.py', file)
    assert f'{weights_digest(file)} {file}' in printed
