import pytest
import torch

from s2dnet_mmaction.functional import Theta
from s2dnet_mmaction.functional.sampling.backends import choice
from s2dnet_mmaction.functional.sampling.detail_sample import sample_window
from tests.support.sampling import make_frames, make_theta


class TestOperator:

    def arguments(self):
        frames = make_frames(2, 9, 3, (12, 12), last=True)
        theta = make_theta(2, 4)
        return (frames, torch.tensor([9, 4]), list(theta), [4, 5, 6],
                'gaussian', 'gaussian', 1.0, torch.zeros(3), torch.ones(3))

    def test_shape_function(self):
        arguments = self.arguments()
        torch.library.opcheck(
            torch.ops.s2dnet.sample.default,
            (*arguments, torch.float32, 'numba'),
            test_utils=('test_schema', 'test_faketensor'))
        grad = torch.randn(2, 4, 3, 5, 6)
        torch.library.opcheck(
            torch.ops.s2dnet.sample_backward.default,
            (grad, *arguments[:-2], torch.ones(3), 'numba'),
            test_utils=('test_schema', 'test_faketensor'))

    def test_parameters_of_any_strides(self):
        arguments = self.arguments()
        for n, number in enumerate(arguments[2]):
            if number.dim() == 2:
                arguments[2][n] = number.T.contiguous().T
        torch.library.opcheck(
            torch.ops.s2dnet.sample_backward.default,
            (torch.randn(2, 4, 3, 5, 6), *arguments[:-2], torch.ones(3),
             'numba'),
            test_utils=('test_schema', 'test_faketensor'))

    @pytest.mark.skipif(
        not hasattr(torch.compiler, 'is_exporting'),
        reason='this torch does not report export')
    def test_exported_graph_needs_no_kernel(self):

        class Sampler(torch.nn.Module):

            def forward(self, frames, *theta):
                return sample_window(frames, None, Theta(*theta), (4, 5, 6))

        program = torch.export.export(
            Sampler(), (make_frames(2, 9, 3, (12, 12)), *make_theta(2, 4)))
        assert 's2dnet' not in str(program.graph)

    @pytest.mark.parametrize('dynamic', [False, True])
    def test_compiles_without_a_break(self, dynamic):
        # They import Triton, which tests/support/triton_kernels.py must do.
        from functorch.compile import make_boxed_func
        from torch._dynamo.backends.common import aot_autograd
        frames, theta = make_frames(2, 9, 3, (12, 12)), make_theta(2, 4)
        mean, std = torch.full((3, ), 9.), torch.full((3, ), 2.)
        assert choice.problem_with('numba') is None

        def model(frames, scale, *theta):
            theta = Theta(*(n * scale for n in theta))
            return 1 + sample_window(
                frames, None, theta, (4, 5, 6), mean=mean, std=std)

        graphs = []

        def record(graph, inputs):
            graphs.append(str(graph.graph))
            return make_boxed_func(graph.forward)

        torch.compiler.reset()
        compiled = torch.compile(
            model, backend=aot_autograd(fw_compiler=record), fullgraph=True,
            dynamic=dynamic)
        results = []
        for function in (model, compiled):
            scale = torch.tensor(0.9, requires_grad=True)
            out = function(frames, scale, *theta)
            results.append((out, *torch.autograd.grad(out.sum(), scale)))
        for one, other in zip(*results):
            torch.testing.assert_close(one, other)
        for name in ('sample', 'sample_backward'):
            assert any(f's2dnet.{name}.default' in graph for graph in graphs)
