"""Simulate a long prediction on many workers: static shards against videos
that are handed out as workers get free. Some workers are slow and some die.

No network runs. A video takes a random time (lognormal); a slow worker takes
several times as long for each; a worker dies at a constant rate, and its
successor starts after some time."""

import argparse
import heapq
from dataclasses import dataclass, fields

import numpy as np

from s2dnet_mmaction.analysis.environment import save_json
from s2dnet_mmaction.analysis.report import markdown_table, spread


@dataclass(frozen=True)
class Cluster:
    """What is simulated. Times are in seconds.

    Attributes:
        videos: number of videos.
        workers: number of workers.
        video_sec: mean time of a video on a normal worker.
        video_spread: standard deviation of the logarithm of this time.
        slow_share: share of the workers that are slow.
        slow_factor: how much longer they take.
        hours_between_deaths: mean life of a worker; 0: they do not die.
        restart_sec: from a death to the successor's first video.
        save_sec: how often a static shard saves its results; what is newer
            is lost with the worker.
        chunk: videos that a worker takes at once.
    """
    videos: int = 10_000_000
    workers: int = 1000
    video_sec: float = 0.5
    video_spread: float = 0.6
    slow_share: float = 0.02
    slow_factor: float = 4.0
    hours_between_deaths: float = 20.0
    restart_sec: float = 120.0
    save_sec: float = 30.0
    chunk: int = 64


class Draw:
    """Random numbers of a run; both ways of working get the same ones."""

    def __init__(self, cluster, seed):
        rng = np.random.default_rng(seed)
        spread = cluster.video_spread
        self.times = rng.lognormal(
            np.log(cluster.video_sec) - spread**2 / 2, spread, cluster.videos)
        slow = rng.random(cluster.workers) < cluster.slow_share
        self.factors = np.where(slow, cluster.slow_factor, 1.0)
        self.seeds = rng.integers(2**63, size=cluster.workers)
        self.mean_life = 3600 * cluster.hours_between_deaths

    def lives(self, worker):
        """Endless lives of a worker and its successors, in seconds."""
        rng = np.random.default_rng(self.seeds[worker])
        while True:
            yield rng.exponential(self.mean_life) if self.mean_life else np.inf


def ideal_sec(draw):
    """If work could be divided without end and nothing failed."""
    return draw.times.sum() / (1 / draw.factors).sum()


def static_shards(cluster, draw, saves=True):
    """Seconds until the last shard is done, and seconds worked in vain.

    Args:
        saves: whether a successor goes on where results were saved; else it
            begins its shard again.
    """
    ends, wasted = [], 0.0
    for worker, shard in enumerate(
            np.array_split(draw.times, cluster.workers)):
        need, now, done = shard.sum() * draw.factors[worker], 0.0, 0.0
        for life in draw.lives(worker):
            if done + life >= need:
                now += need - done
                break
            kept = (life // cluster.save_sec) * cluster.save_sec \
                if saves else 0.0
            wasted += life - kept
            done += kept
            now += life + cluster.restart_sec
        ends.append(now)
    return max(ends), wasted


def shared_queue(cluster, draw):
    """The same, where a free worker takes the next videos.

    Those of a worker that dies go to the next one that is free.
    """
    work = list(np.add.reduceat(
        draw.times, np.arange(0, cluster.videos, cluster.chunk)))[::-1]
    lives = [draw.lives(worker) for worker in range(cluster.workers)]
    # (when it is free, worker, when it dies)
    free = [(0.0, worker, next(lives[worker]))
            for worker in range(cluster.workers)]
    heapq.heapify(free)
    lost = []  # (when its worker died, videos)
    end = wasted = 0.0
    while work or lost:
        now, worker, death = heapq.heappop(free)
        if not work and lost[0][0] > now:  # they are not lost yet
            heapq.heappush(free, (lost[0][0], worker, death))
            continue
        again = lost and lost[0][0] <= now
        seconds = heapq.heappop(lost)[1] if again else work.pop()
        finish = now + seconds * draw.factors[worker]
        if finish <= death:
            end = max(end, finish)
            heapq.heappush(free, (finish, worker, death))
            continue
        wasted += max(0.0, death - now)
        heapq.heappush(lost, (max(death, now), seconds))
        start = max(death, now) + cluster.restart_sec
        heapq.heappush(free, (start, worker, start + next(lives[worker])))
    return end, wasted


WAYS = {
    'static shards, begun again': lambda *args: static_shards(*args, False),
    'static shards that save': static_shards,
    'shared queue': shared_queue
}


def parse_args():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    for option in fields(Cluster):
        parser.add_argument(f'--{option.name.replace("_", "-")}',
                            type=type(option.default), default=option.default)
    parser.add_argument('--seeds', type=int, default=20, help='runs')
    parser.add_argument('--out', help='write OUT.md and OUT.json')
    return parser.parse_args()


def main():
    args = parse_args()
    cluster = Cluster(**{option.name: getattr(args, option.name)
                         for option in fields(Cluster)})
    results = {way: [] for way in WAYS}
    for seed in range(args.seeds):
        draw = Draw(cluster, seed)
        ideal = ideal_sec(draw)
        for way, run in WAYS.items():
            end, wasted = run(cluster, draw)
            results[way].append(dict(
                hours=end / 3600, of_ideal=end / ideal,
                wasted_percent=100 * wasted / draw.times.sum()))
    rows = [{
        'work': way,
        'hours [q1, q3]': spread([run['hours'] for run in runs], 3),
        'of the ideal': spread([run['of_ideal'] for run in runs], 2),
        'worked in vain (%)': spread(
            [run['wasted_percent'] for run in runs], 2)
    } for way, runs in results.items()]
    text = '\n'.join([
        *markdown_table(rows), '',
        f'{cluster.videos:,} videos of {cluster.video_sec:g} s on '
        f'{cluster.workers} workers; {100 * cluster.slow_share:g} % are '
        f'{cluster.slow_factor:g} times slower; a life of '
        f'{cluster.hours_between_deaths:g} h. Median and quartiles of '
        f'{args.seeds} simulated runs.', ''])
    print(text, end='')
    if args.out:
        with open(f'{args.out}.md', 'w') as file:
            file.write(text)
        save_json(f'{args.out}.json', 'cpu', vars(args), results=results)


if __name__ == '__main__':
    main()
