import pytest
import torch.nn as nn

from s2dnet_mmaction.models.common.temporary_attributes import (
    temporary_attributes,
)


def modules():
    result = nn.Identity(), nn.Identity()
    for module in result:
        module.context = None
    return result


def test_set_inside_and_restored():
    one, other = modules()
    with temporary_attributes(one, other, context=1):
        assert one.context == other.context == 1
        with temporary_attributes(one, context=2):
            assert (one.context, other.context) == (2, 1)
        assert one.context == 1
    assert one.context is other.context is None


def test_restored_after_an_error():
    one, _ = modules()
    with pytest.raises(RuntimeError), temporary_attributes(one, context=1):
        raise RuntimeError
    assert one.context is None


def test_an_unknown_name_is_an_error():
    with pytest.raises(AttributeError), temporary_attributes(
            *modules(), contxt=1):
        pass
