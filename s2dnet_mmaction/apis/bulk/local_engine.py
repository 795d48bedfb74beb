"""Bulk prediction by this process and those that its launcher started."""

from functools import partial
from typing import Any, Callable, Dict, Iterator, List, Optional

import torch.distributed as dist
from torch.utils.data import DataLoader, Sampler

from .batches import Read, Videos, collate_of, to_batch
from .network import BulkNetwork, Rows
from .source import Source

# rows, and broken videos
Report = Callable[[Rows, List[Read]], None]
_TAKEN = 'taken'
_WORKER_OPTIONS = ('prefetch_factor', 'multiprocessing_context')


class SharedSampler(Sampler):
    """Hands out the videos, each to the one process that asks first.

    A process that is slower, or has longer videos, takes fewer of them. So
    all end at about the same time.

    Args:
        indices: numbers of the videos, the same in all processes.
        store: of torch.distributed, which the processes have in common.
        chunk: videos that are taken at once.
    """

    def __init__(self, indices: List[int], store: Any, chunk: int) -> None:
        self.indices, self.store, self.chunk = indices, store, chunk

    def __len__(self) -> int:
        return len(self.indices)

    def __iter__(self) -> Iterator[int]:
        while True:
            end = self.store.add(_TAKEN, self.chunk)
            chosen = self.indices[end - self.chunk:end]
            if not chosen:
                return
            yield from chosen


def predict_local(network: BulkNetwork, source: Source, indices: List[int],
                  loader: Dict[str, Any], report: Report,
                  store: Optional[Any] = None) -> None:
    """Predict for videos of a source.

    Args:
        network: of this process.
        source: the videos.
        indices: of those to predict for, the same in all processes.
        loader: options of the data loader.
        report: called with the results of each batch.
        store: of the processes; None: there is one.
    """
    workers = loader.get('num_workers', 0)
    options = {name: loader[name] for name in _WORKER_OPTIONS
               if workers and name in loader}
    if 'pin_memory' in loader:
        options['pin_memory'] = loader['pin_memory']
    # Not Runner.build_dataloader: it copies the data set and the sampler.
    batches = DataLoader(
        Videos(source.samples), loader['batch_size'],
        sampler=SharedSampler(indices, store or dist.HashStore(),
                              loader['batch_size']),
        num_workers=workers,
        collate_fn=partial(to_batch, collate=collate_of(loader)), **options)
    for batch in batches:
        report(*network.predict(batch))
