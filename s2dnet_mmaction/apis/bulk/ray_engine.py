"""Bulk prediction on a Ray cluster.

Ray Data streams the videos through two stages: tasks that decode, on any
CPU, and actors that each hold the network. A task or actor whose worker dies
is started again, wherever there is room. This process alone writes, so a
video whose task ran twice is written once.
"""

import os
import pickle
from typing import Any, Callable, Dict, List, Optional, Sequence

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.utils import import_modules_from_strings

from .batches import Read, Videos, collate_of, to_batch
from .local_engine import Report
from .network import BulkNetwork
from .source import Source

# Videos that a task decodes. Few, as their frames are handed on together.
_DECODE = 4
# Not 1, as of the actors: Ray would run both stages in one process, and
# decode no more videos at a time than there are networks.
_READ_CPUS = 0.9


def predict_with_ray(make_network: Callable[[], BulkNetwork], cfg: Config,
                     source: Source, indices: List[int],
                     loader: Dict[str, Any], report: Report,
                     num_networks: int = 1,
                     num_gpus: float = 0.0,
                     address: Optional[str] = None) -> None:
    """Predict for videos of a source, see :func:`predict_local`.

    Args:
        make_network: called in each actor.
        cfg: its ``custom_imports`` and ``default_scope`` are those of all
            processes.
        num_networks: actors that hold the network.
        num_gpus: of each of them.
        address: of the cluster; None: that of ``RAY_ADDRESS``, or a new one
            on this machine.

    Raises:
        ModuleNotFoundError: if Ray is not installed.
    """
    ray = _require_ray()
    if not ray.is_initialized():
        ray.init(address, log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    videos = ray.put((cfg, Videos(source.samples)))
    size = loader['batch_size']
    blocks = max(1, -(-len(indices) // _DECODE))
    rows = ray.data.from_items(
        [dict(index=index) for index in indices], override_num_blocks=blocks
    ).map(_read, fn_kwargs=dict(videos=videos), num_cpus=_READ_CPUS
          ).map_batches(
        _Predict, fn_constructor_args=(make_network, cfg, dict(loader)),
        batch_size=size, num_gpus=num_gpus, num_cpus=1,
        compute=ray.data.ActorPoolStrategy(size=num_networks))
    for row in rows.iter_rows():
        report(*pickle.loads(row['report']))


def _require_ray() -> Any:
    # Otherwise Ray reports its use to its makers.
    os.environ.setdefault('RAY_USAGE_STATS_ENABLED', '0')
    try:
        import ray
        import ray.data
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "engine: got 'ray' without Ray, expected Ray. Run pip install "
            "'s2dnet_mmaction[ray]', or take --engine local.") from error
    return ray


def _read(row: Dict[str, Any], videos: Any) -> Dict[str, Any]:
    """Decode a video. Ray hands bytes on without a look into them."""
    import ray
    read = _cached(videos, ray.get)[int(row['index'])]
    return dict(read=pickle.dumps(read, pickle.HIGHEST_PROTOCOL))


_VIDEOS: Dict[Any, Videos] = {}  # of this process


def _cached(reference: Any, get: Callable[[Any], tuple]) -> Videos:
    """The videos of a reference, fetched once by each process."""
    if reference not in _VIDEOS:
        cfg, videos = get(reference)
        _prepare_process(cfg)
        _VIDEOS[reference] = videos
    return _VIDEOS[reference]


def _prepare_process(cfg: Config) -> None:
    """What the tool did in its own process when it read the config."""
    if cfg.get('custom_imports'):
        import_modules_from_strings(**cfg.custom_imports)
    init_default_scope(cfg.get('default_scope', 'mmaction'))


class _Predict:
    """Actor with a network."""

    def __init__(self, make_network: Callable[[], BulkNetwork], cfg: Config,
                 loader: Dict[str, Any]) -> None:
        _prepare_process(cfg)
        self.network, self.collate = make_network(), collate_of(loader)

    def __call__(self, batch: Dict[str, Sequence[bytes]]) -> Dict[str, list]:
        reads: List[Read] = [pickle.loads(each) for each in batch['read']]
        result = self.network.predict(to_batch(reads, self.collate))
        return dict(report=[pickle.dumps(result)])
