"""The page: complete, small, and safe from what it shows."""

import base64
import json
import re
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from s2dnet_mmaction.visualization.page import write_page
from s2dnet_mmaction.visualization.seen import Seen, Window

NAME = '"quoted" <b onclick=x>&amp;</script><script>alert(1)</script>\u2028é'


def seen(num_frames=3, size=(24, 32), **changes):
    frames = np.random.default_rng(0).integers(
        0, 256, (num_frames, *size, 3), dtype=np.uint8)
    weights = np.zeros(num_frames)
    weights[:2] = 0.999, 0.001  # the second is below 1 % of the first
    window = Window(np.array([-1.5, 2, 9, 12.25]), weights, frames[0, :8, :8])
    return Seen(frames, NAME, {'net': [(NAME, 0.75), ('b', 0.25)]},
                [window], [0, 2], np.array([0.25, 0.5, 0.25]),
                {0: np.full((1, 2), 0.5)}, 10.0)._replace(**changes)


class Reader(HTMLParser):
    """Tags, texts and addresses of a page."""

    def __init__(self):
        super().__init__()
        self.tags, self.texts, self.links = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [v for k, v in attrs if k in ('src', 'href')]

    def handle_data(self, data):
        self.texts.append(data.strip())


def read(tmp_path, *arguments, **options):
    """Page, its elements, and the data of its script."""
    path = tmp_path / 'page.html'
    write_page(path, *arguments, **options)
    page, reader = path.read_text(encoding='utf-8'), Reader()
    reader.feed(page)
    return page, reader, json.loads(
        re.search(r'^const data = (.*);$', page, re.MULTILINE)[1])


def decoded(url):
    data = base64.b64decode(url.removeprefix('data:image/webp;base64,'))
    return cv2.imdecode(np.frombuffer(data, np.uint8), 1)[..., ::-1]


def test_names_are_text(tmp_path):
    page, reader, _ = read(tmp_path, seen(), NAME)
    assert reader.tags.count('script') == 1 and 'b' not in reader.tags
    assert reader.texts.count(NAME) == 3  # title, headline, class
    assert f'true class: {NAME} ·' in ' '.join(reader.texts)


def test_needs_no_other_file(tmp_path):
    page, reader, _ = read(tmp_path, seen(), 'a')
    assert reader.links == [] and 'link' not in reader.tags
    assert 'http' not in page and 'url(' not in page.lower()


def test_data(tmp_path):
    case = seen()
    _, _, data = read(tmp_path, case, 'a')
    assert (data['width'], data['height'], data['fps']) == (32, 24, 10.0)
    for url, frame in zip(data['frames'], case.frames, strict=True):
        assert decoded(url).shape == frame.shape
    window, = data['windows']
    assert window['box'] == [-1.5, 2.0, 9.0, 12.25]
    assert window['weights'] == [[0, 0.999]]
    assert decoded(window['image']).shape == (8, 8, 3)
    assert data['whole'] == [0, 2]
    assert data['frameWeights'] == [0.25, 0.5, 0.25]
    assert data['maps'] == [dict(frame=0, rows=[[0.5, 0.5]])]
    assert data['mapScale'] == 2  # four times a flat map
    assert data['start'] == 0


def test_maps_have_one_scale_and_a_late_clip_its_times(tmp_path):
    page, _, data = read(tmp_path, seen(start=12.25, maps={
        0: np.full((4, 4), 1 / 16), 2: np.eye(1, 16).reshape(4, 4)}), 'a')
    assert data['mapScale'] == 1 and data['start'] == 12.25
    assert 'from 12.2 s on' in page


def test_parts_that_are_not_there(tmp_path):
    """Another method may have no windows and no maps, a file no rate."""
    page, _, data = read(tmp_path, seen(
        fps=None, truth=None, windows=(), whole=(), frame_weights=None,
        maps={}), 'a')
    assert data['fps'] is None and data['windows'] == data['maps'] == []
    parts = ('true class', 'next window', 'heat map</button>', 'id="pieces"',
             'seen whole', ' s</p>', ' s on')
    whole = read(tmp_path, seen(), 'a')[0]
    assert [part for part in parts if part not in whole] == [' s on']
    assert [part for part in parts if part in page] == []


@pytest.mark.parametrize('limit, side', [(10**9, 320), (100_000, 256)])
def test_frames_shrink_until_they_fit(tmp_path, limit, side):
    """Noise is the worst case; 3 frames of 320 px take 200 kB."""
    _, _, data = read(tmp_path, seen(size=(240, 320)), 'a', max_bytes=limit)
    pieces = [window['image'] for window in data['windows']]
    assert sum(map(len, data['frames'] + pieces)) <= limit
    assert decoded(data['frames'][0]).shape[1] <= side
    assert (decoded(data['frames'][0]).shape[1] == 320) == (limit > 10**6)


def test_frames_that_do_not_fit(tmp_path):
    with pytest.raises(ValueError, match='video: got 3 frames, expected '
                       'frames that fit in 7.. bytes at 96 px'):
        read(tmp_path, seen(), 'a', max_bytes=1000)
    assert not (tmp_path / 'page.html').exists()


def test_frames_that_blocks_looked_at(tmp_path):
    _, reader, data = read(
        tmp_path, seen(kept=np.array([[1, 0, 1], [0, 0.25, 0]])), 'a')
    assert data['kept'] == [[1, 0, 1], [0, 0.25, 0]]
    assert 'that each block looked at' in ' '.join(reader.texts)
    _, reader, data = read(tmp_path, seen(), 'a')
    assert data['kept'] is None
    assert 'each block' not in ' '.join(reader.texts)
