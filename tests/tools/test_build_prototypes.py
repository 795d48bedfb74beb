"""Targets and cached features from the command line."""

import numpy as np
import pytest

from s2dnet_mmaction.datasets import FeatureView
from tests.apis.bulk.test_prototypes import rows, write
from tests.support.command_line import run_tool


def test_prototypes_of_training_videos_for_others(tmp_path, capsys):
    train = write(tmp_path / 'train')
    run_tool('build_prototypes.py', train, tmp_path / 'a')
    text = capsys.readouterr().out
    assert '3 classes, 1 without a prototype' in text
    assert 'of 8 training videos have no correct frame' in text
    assert '0 videos have the response' in text
    run_tool('build_prototypes.py', write(tmp_path / 'val', rows(1)),
             tmp_path / 'b', '--prototypes', tmp_path / 'a/prototypes.npz')
    one, two = (np.load(tmp_path / name / 'prototypes.npz')['features']
                for name in 'ab')
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize('half', [False, True])
def test_cached_features(tmp_path, half):
    clips = write(tmp_path / 'clips')
    run_tool('cache_features.py', clips, '--out', tmp_path / 'features',
             *(['--half'] if half else []))
    row = rows()[3]
    view = FeatureView(str(tmp_path / 'features')).read(
        dict(filename='x/3.mp4', start_index=0),
        np.array(row['clip_starts'])[:, None])
    np.testing.assert_allclose(view, row['clip_features'],
                               atol=1e-3 if half else 1e-6)
    assert len(list((tmp_path / 'features').iterdir())) == 8
    with pytest.raises(ValueError, match='names of videos in .*: got 8 twice'):
        run_tool('cache_features.py', clips, clips, '--out',
                 tmp_path / 'features')
