"""The simulation of a cluster, against times by hand."""

import importlib.util
import json
import sys

import numpy as np
import pytest

from tests.support.command_line import run_tool
from tests.support.glints import ROOT


@pytest.fixture(scope='module')
def simulation():
    path = ROOT / 'tools/benchmarks/simulate_cluster.py'
    spec = importlib.util.spec_from_file_location('simulate_cluster', path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def case(simulation, factors, lives, videos=12, chunk=1, **changes):
    """Videos of one second; each worker has the lives given, then no end."""
    cluster = simulation.Cluster(
        videos=videos, workers=len(factors), video_sec=1.0, video_spread=0.0,
        chunk=chunk, restart_sec=2.0, **changes)
    draw = simulation.Draw(cluster, 0)
    draw.factors = np.array(factors)
    draw.lives = lambda worker: iter([*lives[worker], np.inf])
    return cluster, draw


def test_nothing_goes_wrong(simulation):
    cluster, draw = case(simulation, [1, 1, 1], [[], [], []])
    assert simulation.ideal_sec(draw) == pytest.approx(4)
    for way in simulation.WAYS.values():
        assert way(cluster, draw) == pytest.approx((4, 0))


def test_slow_worker(simulation):
    """Its shard waits for it; a queue gives it fewer videos."""
    cluster, draw = case(simulation, [4, 1, 1], [[], [], []], videos=18)
    assert simulation.ideal_sec(draw) == pytest.approx(8)
    assert simulation.static_shards(cluster, draw) == pytest.approx((24, 0))
    assert simulation.shared_queue(cluster, draw) == pytest.approx((8, 0))


def test_death(simulation):
    """After 3.5 s; a successor starts 2 s later."""
    cluster, draw = case(simulation, [1, 1], [[3.5], []], save_sec=1.0)
    # 3 s are saved, 3 are left
    assert simulation.static_shards(cluster, draw) == pytest.approx((8.5, .5))
    # all 6 again
    assert simulation.static_shards(cluster, draw, False) == pytest.approx(
        (11.5, 3.5))
    # 3 + 4 are done when it dies; of 5 others, one at 5.5 .. 6.5, 7.5
    assert simulation.shared_queue(cluster, draw) == pytest.approx((7.5, .5))


def test_lost_videos_are_done_by_another(simulation):
    """Also the last ones, for which a free worker waits."""
    cluster, draw = case(simulation, [1, 1], [[5.5], []], chunk=6)
    # at 5.5 the first dies with its six; the other is free at 6
    end, wasted = simulation.shared_queue(cluster, draw)
    assert (end, wasted) == pytest.approx((12, 5.5))
    late, draw = case(simulation, [1, 1], [[5.5], []], videos=8, chunk=6)
    # the other had two, and is free at 2: it takes the six over at 5.5
    assert simulation.shared_queue(late, draw) == pytest.approx((11.5, 5.5))


def test_random_numbers(simulation):
    cluster = simulation.Cluster(videos=20000, workers=2000,
                                 hours_between_deaths=1.0)
    draw = simulation.Draw(cluster, 1)
    assert draw.times.mean() == pytest.approx(cluster.video_sec, rel=.02)
    assert (draw.factors > 1).mean() == pytest.approx(.02, abs=.01)
    assert next(draw.lives(3)) == next(draw.lives(3)) != next(draw.lives(4))
    lives = [next(draw.lives(i)) for i in range(2000)]
    assert np.mean(lives) == pytest.approx(3600, rel=.1)


def test_report(tmp_path, capsys):
    run_tool('benchmarks/simulate_cluster.py', '--videos', 2000, '--workers',
             20, '--seeds', 2, '--out', tmp_path / 'a')
    table = (tmp_path / 'a.md').read_text()
    assert table == capsys.readouterr().out
    assert table.count('\n|') == 4
    results = json.loads((tmp_path / 'a.json').read_text())['results']
    for runs in results.values():
        assert len(runs) == 2 and all(run['of_ideal'] > .99 for run in runs)
