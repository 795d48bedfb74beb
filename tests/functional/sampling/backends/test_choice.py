import pytest
import torch

from s2dnet_mmaction.functional import Theta
from s2dnet_mmaction.functional.sampling.backends import choice
from s2dnet_mmaction.functional.sampling.backends.choice import choose_backend
from tests.support.sampling import make_frames, make_theta


class TestChoice:

    def setup_method(self):
        self.frames = make_frames(1, 4, 3, (6, 6))
        self.theta = make_theta(1, 2)

    def test_auto_is_numba_on_a_cpu(self):
        assert choose_backend(self.frames, self.theta) == 'numba'
        assert choose_backend(self.frames.float(), self.theta) == 'numba'

    def test_half_frames_are_widened_by_torch(self):
        assert choose_backend(self.frames.half(), self.theta) == 'torch'

    def test_dense_where_only_it_can(self):
        wanting = self.frames.float().requires_grad_()
        assert choose_backend(wanting, self.theta) == 'dense'
        with torch.no_grad():
            assert choose_backend(wanting, self.theta) == 'numba'
        precise = Theta(*(n.double() for n in self.theta))
        assert choose_backend(self.frames, precise) == 'dense'

    def test_without_numba(self, monkeypatch):
        monkeypatch.setitem(choice._KERNELS, 'numba', 'no_such_module')
        monkeypatch.setattr(choice, '_PROBLEMS', {})
        assert choose_backend(self.frames, self.theta) == 'torch'
        problem = choice.missing_kernels(torch.device('cpu'))
        assert problem.startswith('numba cannot be imported: No module')
        with pytest.raises(RuntimeError, match='Install numba, or use'):
            choose_backend(self.frames, self.theta, 'numba')
