"""Rows, whatever the order of memory."""

import pytest
import torch

from s2dnet_mmaction.functional.take_rows import take_rows


@pytest.mark.parametrize('order', [(0, 1, 2, 3), (0, 2, 3, 1), (3, 1, 0, 2)])
def test_any_order_of_memory(order):
    memory = torch.arange(120.0).view(*(([5, 2, 3, 4])[axis]
                                        for axis in order))
    tensor = memory.permute(*torch.tensor(order).argsort().tolist())
    assert tensor.shape == (5, 2, 3, 4)
    index = torch.tensor([3, 0, 3])
    rows = take_rows(tensor, index)
    assert torch.equal(rows, tensor[index])
    if order[0] == 0:
        assert rows.stride() == tensor.stride()


def test_memory_of_the_caller():
    asked = []

    def empty(shape, dtype, device):
        asked.append(torch.empty(shape, dtype=dtype, device=device))
        return asked[-1]

    tensor = torch.rand(4, 5, 6).transpose(1, 2)
    rows = take_rows(tensor, torch.tensor([2, 1]), empty)
    assert torch.equal(rows, tensor[[2, 1]])
    assert rows.data_ptr() == asked[0].data_ptr()


def test_none_one_axis_and_gradient():
    tensor = torch.arange(4.0, requires_grad=True)
    assert take_rows(tensor, torch.tensor([], dtype=torch.int64)).shape == (0,)
    take_rows(tensor, torch.tensor([1, 1, 3])).sum().backward()
    assert tensor.grad.tolist() == [0, 2, 0, 1]


def test_compiled():
    def run(tensor, index):
        return take_rows(tensor.transpose(1, 2), index)

    tensor, index = torch.rand(3, 4, 5), torch.tensor([2, 0])
    compiled = torch.compile(run, backend='eager', fullgraph=True)
    assert torch.equal(compiled(tensor, index), run(tensor, index))
