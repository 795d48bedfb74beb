"""Names of classes in Kinetics-400's annotation files."""

import pytest

from s2dnet_mmaction.datasets.preparation.kinetics_lists import normalize


@pytest.mark.parametrize('one, other', [
    ('Air Drumming', 'air_drumming'),
    ("massaging person's head", 'massaging_persons_head'),
    ('jet-skiing', 'jet skiing'),
    ('"hurling (sport)"', ' hurling_(sport) '),
])
def test_spellings_of_one_class(one, other):
    assert normalize(one) == normalize(other)


def test_different_classes_stay_apart():
    assert normalize('passing American football (in game)') != normalize(
        'passing American football (not in game)')
