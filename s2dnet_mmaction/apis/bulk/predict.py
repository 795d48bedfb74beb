"""Predict for millions of videos, and go on after any interruption."""

import hashlib
import shutil
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import (
    Any,
    Dict,
    List,
    NamedTuple,
    Optional,
    Sequence,
)

import torch
import torch.distributed as dist
from filelock import FileLock, Timeout
from mmengine.config import Config
from mmengine.dist import barrier, broadcast_object_list, get_dist_info
from mmengine.registry import init_default_scope

from ..._checks import require, require_choice, require_int
from .batches import Read
from .fields import lists
from .local_engine import predict_local
from .network import BulkNetwork, Rows
from .progress import RunProgress
from .ray_engine import predict_with_ray
from .results import PartWriter, ResultFolder
from .source import Source, open_source

ENGINES = ('local', 'ray')
# So many broken videos in a row are no broken videos: the fault is then in the
# config, the paths or the storage.
GIVE_UP_AFTER = 50
_STORE, _LOCK = '.store-', '.lock-'


class Summary(NamedTuple):
    """What a run did. Counts are of the whole source."""
    videos: int
    predicted: int
    broken: List[Dict[str, Any]]


def predict_videos(cfg: Config, checkpoint: str, source: str, out: str, *,
                   file_format: str = 'parquet', fields: Sequence[str] = (),
                   classes: Optional[Sequence[str]] = None,
                   device: str = 'cpu', amp: bool = False,
                   batch_size: Optional[int] = None,
                   num_workers: Optional[int] = None,
                   save_every: float = 30.0, retry_broken: bool = False,
                   give_up_after: int = GIVE_UP_AFTER, engine: str = 'local',
                   num_networks: Optional[int] = None,
                   address: Optional[str] = None) -> Optional[Summary]:
    """Predict for the videos of a source.

    All processes of a launcher call it with the same arguments.

    Args:
        cfg: config of the model and its test pipeline.
        checkpoint: file with the weights.
        source: see :func:`open_source`.
        out: folder of the results, see :class:`ResultFolder`. Videos that
            have one there are not predicted again.
        file_format: ``'parquet'`` or ``'jsonl'``.
        fields: see :func:`fields_of`.
        classes: class names; None: those of the checkpoint, or numbers.
        device: of the network.
        amp: whether to run in half precision where autocast does.
        batch_size, num_workers: None: those of the test data loader.
        save_every: seconds between two files of results.
        retry_broken: whether to read the broken videos again.
        give_up_after: broken videos in a row, of a process, after which the
            run ends. They are not listed as broken.
        engine: ``'local'``: this machine and the processes of its launcher;
            ``'ray'``: a Ray cluster. Its device is ``'cpu'`` or ``'cuda'``,
            a GPU for each network.
        num_networks, address: with Ray, see :func:`predict_with_ray`.

    Returns:
        the summary; None in all processes but the first.

    Raises:
        RuntimeError: if another run writes there, or too many videos in a
            row are broken.
        ValueError: if an option is wrong or the folder holds the results of
            another model.
    """
    require_choice('engine', engine, ENGINES)
    require_int('give_up_after', give_up_after)
    ray_options = _ray_options(engine, device, num_networks, address)
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    rank, _ = get_dist_info()
    videos = open_source(source, cfg)
    loader = dict(cfg.test_dataloader)
    if batch_size is not None:
        loader['batch_size'] = batch_size
    if num_workers is not None:
        loader['num_workers'] = num_workers
    make_network = partial(
        BulkNetwork, cfg, checkpoint, fields=fields, classes=classes, amp=amp,
        device=device)
    # Ray's actors make networks of their own; here it gives the columns.
    network = make_network(device=device if engine == 'local' else 'cpu')
    columns = dict(index='int', input='text')
    if videos.labels is not None:
        columns['label'] = lists(1, 'int') if isinstance(
            videos.labels[0], list) else 'int'
    folder = ResultFolder(out, {**columns, **network.columns}, file_format)

    with ExitStack() as stack:
        todo, store = _share(folder, videos, _record(cfg, network),
                             dict(config=cfg.filename, checkpoint=checkpoint),
                             retry_broken, stack)
        writer = stack.enter_context(
            PartWriter(folder, str(rank), save_every))
        progress = stack.enter_context(
            RunProgress(len(todo))) if rank == 0 else None
        report = _Report(writer, videos, progress, store, give_up_after)
        if engine == 'local':
            predict_local(network, videos, todo, loader, report, store)
        else:
            del network
            predict_with_ray(make_network, cfg, videos, todo, loader, report,
                             **ray_options)
        report.finish()
        barrier()  # all have written
        if rank:
            return None
        names = set(videos.names)
        broken = [row for row in folder.broken_rows() if row['input'] in names]
        return Summary(len(names), len(folder.done() & names) - len(broken),
                       broken)


def _ray_options(engine: str, device: str, num_networks: Optional[int],
                 address: Optional[str]) -> Dict[str, Any]:
    """Options of :func:`predict_with_ray`; none of the local engine."""
    if engine == 'ray':
        require(device in ('cpu', 'cuda'), 'device', repr(device),
                "'cpu' or 'cuda' with Ray, which chooses the GPUs",
                'Choose one of them.')
        if num_networks is None:
            num_networks = 1
        require_int('num_networks', num_networks)
        return dict(num_networks=num_networks, address=address,
                    num_gpus=float(device == 'cuda'))
    for name, got in dict(num_networks=num_networks, address=address).items():
        require(got is None, name, repr(got), "none with engine 'local'",
                "Leave it out, or take engine 'ray'.")
    return {}


def _share(folder: ResultFolder, videos: Source, record: Dict[str, Any],
           about: Dict[str, Any], retry_broken: bool,
           stack: ExitStack) -> tuple:
    """Videos to predict for and a store, the same in all processes.

    The first process reads what is done, before any of them writes more.
    """
    rank, world = get_dist_info()
    shared: List[Any] = [None, None, None]
    if rank == 0:
        try:
            _require_no_other_run(folder.folder)
            _lock(folder.folder, rank, stack)
            folder.open(record, about, retry_broken)
            done = folder.done()
            shared[0] = [i for i, name in enumerate(videos.names)
                         if name not in done]
            for stale in folder.folder.glob(f'{_STORE}*'):
                shutil.rmtree(stale)  # of a process that was killed
            shared[1] = stack.enter_context(tempfile.TemporaryDirectory(
                dir=folder.folder, prefix=_STORE))
        except Exception as error:  # all processes have to end
            shared[2] = error
    broadcast_object_list(shared)
    if shared[2] is not None:
        raise shared[2]
    if rank:
        _lock(folder.folder, rank, stack)
    store = dist.FileStore(f'{shared[1]}/store', world) if world > 1 \
        else dist.HashStore()
    return shared[0], store


def _lock(folder: Path, rank: int, stack: ExitStack) -> None:
    """Mark the folder as in use; the system ends it if this process dies.

    Each process has a mark: one may go on after its launcher was killed.
    """
    try:
        stack.enter_context(FileLock(folder / f'{_LOCK}{rank}', timeout=0))
    except Timeout:
        raise RuntimeError(
            f'out: got {folder}, which another run is writing to, expected a '
            'folder of its own. Wait for its end, or stop all its processes.'
        ) from None


def _require_no_other_run(folder: Path) -> None:
    for file in folder.glob(f'{_LOCK}*'):
        with ExitStack() as stack:
            _lock(folder, int(file.name[len(_LOCK):]), stack)


def _record(cfg: Config, network: BulkNetwork) -> Dict[str, Any]:
    """What the results depend on, beside the videos."""
    text = Config(dict(model=cfg.model,
                       pipeline=cfg.test_dataloader.dataset.pipeline),
                  format_python_code=False).pretty_text
    weights = hashlib.sha256()
    for tensor in network.model.state_dict().values():
        weights.update(tensor.flatten().view(torch.uint8).cpu().numpy())
    return dict(
        settings=hashlib.sha256(text.encode()).hexdigest()[:16],
        weights=weights.hexdigest()[:16], classes=list(network.classes),
        half_precision=network.amp)


class _Report:
    """Writes the results of batches, and shows the progress.

    Args:
        writer: of this process.
        videos: those that are predicted for.
        progress: of the first process; None of the others.
        store: of all processes.
        give_up_after: broken videos in a row.
    """

    def __init__(self, writer: PartWriter, videos: Source,
                 progress: Optional[RunProgress], store: Any,
                 give_up_after: int) -> None:
        self.writer, self.videos, self.store = writer, videos, store
        self.progress, self.give_up_after = progress, give_up_after
        self._in_a_row: Rows = []  # broken ones, not yet written

    def __call__(self, rows: Rows, broken: List[Read]) -> None:
        self._in_a_row += [
            dict(index=read.index, input=self.videos.names[read.index],
                 reason=read.reason) for read in broken]
        if rows:
            self.writer.add([self._named(row) for row in rows],
                            self._in_a_row)
            self._in_a_row = []
        done = self.store.add('done', len(rows) + len(broken))
        bad = self.store.add('broken', len(broken))
        if self.progress is not None:
            self.progress.update(done, bad)
        if len(self._in_a_row) >= self.give_up_after:
            raise RuntimeError(
                f'videos: got {len(self._in_a_row)} in a row that could not '
                'be read, expected some that can. The last one: '
                f'{broken[-1].reason}. Correct the paths, the storage or the '
                'test pipeline. If they are broken, allow more of them '
                '(--give-up-after).')

    def finish(self) -> None:
        """Write what is left."""
        self.writer.add(broken=self._in_a_row)
        self.writer.flush()

    def _named(self, row: Dict[str, Any]) -> Dict[str, Any]:
        index = row['index']
        named = dict(index=index, input=self.videos.names[index])
        if self.videos.labels is not None:
            named['label'] = self.videos.labels[index]
        named.update(row)
        return {name: named[name] for name in self.writer.folder.columns}
