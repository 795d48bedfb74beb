"""Videos that lacked a view."""

from s2dnet_mmaction.evaluation import FallbackMetric


def test_counts():
    metric = FallbackMetric()
    metric.process(None, [dict(fell_back=['audio']), dict(fell_back=[]),
                          dict(fell_back=['audio'])])
    assert metric.evaluate(3) == {'fallback/audio': 2, 'fallback/videos': 3}
