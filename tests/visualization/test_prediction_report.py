"""The page about predictions."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from s2dnet_mmaction.evaluation.predictions import Predictions
from s2dnet_mmaction.visualization.prediction_report import (
    write_prediction_report,
)

NAME = '"a" <b onclick=x>&</script>'


class Tables(HTMLParser):
    """Texts of the cells of all tables, and all addresses of links."""

    def __init__(self):
        super().__init__()
        self.tables, self.links, self.tags = [], [], []
        self.in_cell = False

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == 'table':
            self.tables.append([])
        elif tag == 'tr':
            self.tables[-1].append([])
        elif tag in ('td', 'th'):
            self.tables[-1][-1].append('')
        self.in_cell = self.in_cell or tag in ('td', 'th')
        self.links += [v for k, v in attrs if k == 'href']

    def handle_endtag(self, tag):
        self.in_cell = self.in_cell and tag not in ('td', 'th')

    def handle_data(self, data):
        if self.in_cell:
            self.tables[-1][-1][-1] += data.strip()


def read(tmp_path, predictions, **options):
    videos = [f'{NAME} {i}' for i in range(len(predictions.labels))]
    write_prediction_report(tmp_path / 'a.html', predictions,
                            [NAME, 'run', 'sit'], videos, NAME, **options)
    page, reader = (tmp_path / 'a.html').read_text(encoding='utf-8'), Tables()
    reader.feed(page)
    facts = dict(re.findall(r'<dt>(.*?)</dt><dd>(.*?)</dd>', page))
    return page, reader, facts


@pytest.fixture
def case():
    """Both right, rescued, spoiled, not among the likely ones."""
    return Predictions(
        np.array([0, 1, 0, 2]),
        np.array([[.9, .1, 0], [.2, .8, 0], [.4, .6, 0], [.3, .7, 0]]),
        np.array([[.8, .2, 0], [.6, .4, 0], [.7, .3, 0], [.5, .4, .1]]),
        np.array([[0, 1]] * 4))


def test_numbers(tmp_path, case):
    _, reader, facts = read(tmp_path, case, pages={1: 'videos/1.html'})
    assert facts['videos'] == '4' and facts['accuracy'] == '50.0%'
    assert facts['accuracy of the synopsis net'] == '50.0%'
    assert facts['true class among the 2 likely actions'] == '75.0%'
    assert facts['accuracy among these'] == '66.7%'
    rescued, spoiled, confusions, classes = reader.tables
    assert rescued[1:] == [
        ['1', f'{NAME} 1', 'run', f'{NAME} (0.60)', 'run (0.80)']]
    assert spoiled[1:] == [
        ['2', f'{NAME} 2', NAME, f'{NAME} (0.70)', 'run (0.60)']]
    assert confusions[1:] == [[NAME, 'run', '1', '1'],
                              ['sit', 'run', '0', '1']]
    assert classes[3] == ['sit', '1', '0.0%', '-', '0.0%', 'run (1)']
    assert reader.links == ['videos/1.html']
    assert 'b' not in reader.tags and reader.tags.count('script') == 1


def test_network_without_synopsis(tmp_path, case):
    """And with right answers alone."""
    page, reader, facts = read(tmp_path, Predictions(
        np.array([0, 1]), np.eye(3)[:2]))
    assert list(facts) == ['videos', 'accuracy',
                           'calibration error of the answer']
    assert 'All answers are right.' in page and 'rescued' not in page
    classes, = reader.tables
    assert len(classes) == 3
