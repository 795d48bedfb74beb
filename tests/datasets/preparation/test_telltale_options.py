"""Options of the Telltale data set that cannot be."""

import pytest

from s2dnet_mmaction.datasets.preparation.telltale_options import (
    TelltaleOptions,
)


@pytest.mark.parametrize('changes, error, match', [
    (dict(num_train=0), ValueError, 'num_train: got 0'),
    (dict(num_val=1.5), TypeError, 'num_val'),
    (dict(num_closeups=-1), ValueError, 'num_closeups'),
    (dict(frame_px=127), ValueError, 'an even number'),
    (dict(num_frames=(44, 36)), ValueError, 'Swap the two'),
    (dict(num_frames=(8, 36)), ValueError, 'light_margin_frames'),
    (dict(noise_std=-1.0), ValueError, 'noise_std: got -1.0'),
    (dict(noise_std='10'), TypeError, 'noise_std'),
    (dict(stripe_period_px=0.0), ValueError, '> 0'),
    (dict(stripe_std_frames=0.0), ValueError, 'stripe_std_frames'),
    (dict(spread_px=62.0), ValueError, 'at most 60.5 in a frame of 128'),
    (dict(closeup=40), ValueError, 'closeup'),
    (dict(stripe_period_px=9.0), ValueError, r'closeup.stripe_period_px: '
     'got 6.0'),
    (dict(num_decoys=-1), ValueError, 'num_decoys: got -1'),
    (dict(num_decoys=1, num_frames=(23, 44)), ValueError,
     'num_decoys: got 1 in videos of 23 frames, expected 0, or videos of 24'),
    (dict(plain_share=1.5), ValueError, 'plain_share: got 1.5'),
    (dict(plain_period_px=0.0), ValueError, 'plain_period_px'),
    (dict(num_frames=40), ValueError, 'shortest, longest'),
])
def test_bad_options(changes, error, match):
    with pytest.raises(error, match=match):
        TelltaleOptions(**changes)
