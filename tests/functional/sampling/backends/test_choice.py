import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

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

    def test_a_broken_numba(self, monkeypatch):
        """llvmlite raises OSError for a library of another build."""

        def load(backend):
            raise OSError('Could not find or load libllvmlite.so')

        monkeypatch.setattr(choice, 'load_kernels', load)
        monkeypatch.setattr(choice, '_PROBLEMS', {})
        assert choose_backend(self.frames, self.theta) == 'torch'
        problem = choice.missing_kernels(torch.device('cpu'))
        assert problem.startswith('numba cannot be imported: Could not find')


class TestFirstUse:
    """When the check of the kernels runs, and who is told."""

    @pytest.fixture(autouse=True)
    def fresh(self, monkeypatch):
        for name, value in dict(_FAULTS={}, _TOLD=set(), _PLAIN={},
                                _DEVICES=dict(triton='cpu'),
                                _KERNELS=dict(triton='gpu.launch'),
                                _PROBLEMS=dict(triton=None)).items():
            monkeypatch.setattr(choice, name, value)
        self.checked = []
        stub = SimpleNamespace(check_kernels=self.check)
        monkeypatch.setitem(
            sys.modules, f'{choice.__package__}.gpu.first_use', stub)
        self.frames = make_frames(1, 4, 3, (6, 6))
        self.theta = make_theta(1, 2)

    def check(self, device):
        time.sleep(0.05)
        self.checked.append(device)
        return 'fails its check' if device.type == 'cpu' else None

    def test_once_for_a_device_and_process(self):
        devices = [torch.device(name) for name in ('cpu', 'meta') * 4]
        with ThreadPoolExecutor(8) as threads:
            faults = list(threads.map(choice.fault_on, devices))
        assert set(self.checked) == set(devices) and len(self.checked) == 2
        assert faults == ['fails its check', None] * 4

    def test_not_where_no_kernel_can_run(self):
        precise = Theta(*(n.double() for n in self.theta))
        assert choose_backend(self.frames, precise) == 'dense'
        assert choose_backend(self.frames, self.theta, 'dense') == 'dense'
        assert self.checked == []

    def test_a_warning_unless_the_caller_tells(self):
        with pytest.warns(RuntimeWarning, match='triton fails its check'):
            assert choose_backend(self.frames, self.theta) == 'dense'
        choice._TOLD.clear()
        cpu = torch.device('cpu')
        assert choice.missing_kernels(cpu).startswith('triton fails its check')
        with warnings.catch_warnings():
            warnings.simplefilter('error')
            assert choose_backend(self.frames, self.theta) == 'dense'
        assert len(self.checked) == 1

    def test_an_explicit_choice_is_an_error(self):
        with pytest.raises(RuntimeError, match='backend: got triton, which '
                           "fails .* Use backend='auto' or 'dense'"):
            choose_backend(self.frames, self.theta, 'triton')

    def test_not_while_a_graph_is_captured(self, monkeypatch):
        monkeypatch.setattr(
            torch.cuda, 'is_current_stream_capturing', lambda: True)
        with pytest.raises(RuntimeError, match='CUDA graph: got a capture as '
                           'the first use of the sampler on cuda:0'):
            choice.fault_on(torch.device('cuda:0'))
        assert self.checked == []
