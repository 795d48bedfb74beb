"""The movie in TensorBoard."""

import io

import numpy as np
import pytest
from mmengine.visualization import Visualizer
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import (
    EventAccumulator,
)

from s2dnet_mmaction.visualization.seen import Seen
from s2dnet_mmaction.visualization.tensorboard_movie import add_movie


@pytest.mark.parametrize('length, fps, frames, milliseconds', [
    (5, 12.5, 5, 80), (5, None, 5, 80), (205, 25.0, 69, 120)])
def test_movie(tmp_path, length, fps, frames, milliseconds):
    """Of more than 100 frames every n-th, in the same time."""
    grey = np.linspace(0, 255, length).astype(np.uint8)
    seen = Seen(np.tile(grey[:, None, None, None], (1, 8, 8, 3)), None, {},
                fps=fps)
    visualizer = Visualizer(
        vis_backends=[dict(type='TensorboardVisBackend')],
        save_dir=str(tmp_path))
    add_movie(visualizer, 'name', seen, 'a title', 7)
    visualizer.close()
    events = EventAccumulator(str(tmp_path / 'vis_data'))
    events.Reload()
    event, = events.Images('name')
    movie = Image.open(io.BytesIO(event.encoded_image_string))
    assert event.step == 7 and movie.n_frames == frames
    brightness = []
    for t in range(frames):
        movie.seek(t)
        assert movie.info['duration'] == pytest.approx(milliseconds, abs=3)
        # the middle of the video
        brightness.append(np.asarray(movie.convert('L'))[150, 200])
    assert brightness[0] < 10 and brightness[-1] > 240
    assert (np.diff(np.array(brightness, int)) > 0).mean() > 0.9


def test_without_tensorboard(tmp_path, monkeypatch):
    """Nothing is drawn."""
    visualizer = Visualizer(vis_backends=[dict(type='LocalVisBackend')],
                            save_dir=str(tmp_path))
    add_movie(visualizer, 'name', None, 'a title', 7)
