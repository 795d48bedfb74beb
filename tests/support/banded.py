"""Tests of a sampler that reads only the samples of relevant weight."""

import pytest
import torch

from s2dnet_mmaction.functional import detail_sample
from s2dnet_mmaction.functional.sampling.bands import half_width
from tests.support.sampling import check, make_frames, make_theta


class BandedTests:
    """Against the dense reference in float64."""
    backend: str

    @pytest.mark.parametrize('last', [False, True])
    @pytest.mark.parametrize('center', [None, -0.999, 0, 0.999])
    @pytest.mark.parametrize('stride', [None, 0.05, 1, 50, 1e8])
    def test_adversarial_grids(self, last, center, stride):
        """Off the frame, smaller than a pixel, larger than the video."""
        frames = make_frames(3, 30, 3, (40, 33), last=last)
        lengths = torch.tensor([30, 1, 13])
        theta = make_theta(3, 4, center, stride)
        check(frames, lengths, theta, (4, 9, 7), self.backend)

    @pytest.mark.parametrize('var', [1e-4, 0.01, 0.3, 9.0, 400.0, 1e30])
    def test_variances(self, var):
        """The torch backend has weights in float32, where a step from sample
        to sample that is 1e-4 px wide shows."""
        atol = 1e-3 if var > 1e-3 or self.backend == 'numba' else 0.1
        frames = make_frames(2, 30, 3, (40, 33))
        theta = make_theta(2, 4)
        check(frames, None, theta, (4, 9, 7), self.backend, atol, var=var)

    @pytest.mark.parametrize('kind', ['gaussian', 'linear'])
    def test_full_size(self, kind):
        """The shapes of the paper, where sums are long and positions large, on
        the hardest frames: black next to white."""
        frames = make_frames(1, 85, 3, (224, 224), last=True)
        frames = 255 * (frames > 127).byte()
        theta = make_theta(1, 3, stride=1.1)
        check(
            frames,
            None,
            theta, (3, 144, 144),
            self.backend,
            temporal=kind,
            spatial=kind)

    def test_only_the_window_is_read(self):
        """NaN outside of the filters' range has no influence."""
        half = half_width('gaussian', 1.0)
        frames = torch.full((1, 60, 2, 50, 50), float('nan'))
        # Grid points from 27.5 to 31.5 in time, 22.5 to 26.5 in space.
        frames[:, 27 - half + 1:31 + half + 1, :, 22 - half + 1:26 + half + 1,
               22 - half + 1:26 + half + 1] = 7
        theta = make_theta(1, 5, center=0, stride=1)
        out = detail_sample(
            frames, **theta._asdict(), size=(5, 5, 5), backend=self.backend)
        torch.testing.assert_close(out, torch.full_like(out, 7))
        # ... and the window is as small as expected
        frames[:, 31 + half] = float('nan')
        out = detail_sample(
            frames, **theta._asdict(), size=(5, 5, 5), backend=self.backend)
        assert out.isnan().any()
