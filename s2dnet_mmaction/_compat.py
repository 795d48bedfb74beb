"""Workarounds for faults of MMAction2, mmengine, mmcv and older torch.

Each function names the upstream issue, if there is one, and the condition
under which it can be removed. Each checks first whether the installed
version has the fault, and changes nothing otherwise.
"""

import ast
import copy
import functools
import hashlib
import importlib
import importlib.metadata
import importlib.util
import logging
import os
import pickle
import re
import sys
import types
from pathlib import Path
from typing import Any, Callable, List, Optional
from urllib.parse import urlparse

import torch

MMCV_MIN, MMCV_BELOW = '2.0.0rc4', '2.2.0'  # as in mmaction/__init__.py
_MMCV_EXPECTED = (
    f'expected >={MMCV_MIN},<{MMCV_BELOW}. Install the light build with '
    "pip install 'mmcv-lite>=2.1.0,<2.2', or the full one with "
    "mim install 'mmcv>=2.1.0,<2.2' (one of the two: they overwrite each "
    'other).')


def apply() -> None:
    """Check mmcv, then apply what must precede the import of mmaction."""
    check_mmcv()
    provide_importlib_metadata()
    provide_drn()
    leave_out_broken_multimodal()
    allow_checkpoint_globals()
    read_urls_as_files()
    mend_build_dataloader()
    mend_ema_loading()


def check_mmcv() -> None:
    """Raise one clear error if mmcv is missing or has the wrong version.

    mmcv and mmcv-lite install the same files, so this package can require
    neither of them. mmaction2 checks the version range only when it is
    imported (mmaction2#2852).
    Remove when: mmaction2 declares the mmcv that it needs.

    Raises:
        ImportError: if mmcv is missing or outside [2.0.0rc4, 2.2.0).
    """
    from mmengine.utils import digit_version
    try:
        mmcv = importlib.import_module('mmcv')
    except ModuleNotFoundError as error:
        if error.name != 'mmcv':
            raise
        raise ImportError(
            f'mmcv: got no installation, {_MMCV_EXPECTED}') from error
    version = digit_version(mmcv.__version__)
    if not digit_version(MMCV_MIN) <= version < digit_version(MMCV_BELOW):
        raise ImportError(
            f'mmcv: got version {mmcv.__version__}, {_MMCV_EXPECTED}')


def provide_importlib_metadata() -> None:
    """Use the standard library for a missing ``importlib_metadata``.

    mmaction/utils/dependency.py imports the backport without requiring it.
    Remove when: mmaction2 requires it or uses ``importlib.metadata``.
    """
    if importlib.util.find_spec('importlib_metadata') is None:
        sys.modules['importlib_metadata'] = importlib.metadata


def provide_drn() -> None:
    """Add a placeholder for a missing ``mmaction.models.localizers.drn``.

    The wheel of mmaction2 1.2.0 lacks that folder, so ``import
    mmaction.models`` fails (mmaction2#2714). This function looks for the
    folder on disk, because ``find_spec`` would import its parent, which
    fails.
    Remove when: a released wheel contains the folder.

    Raises:
        ImportError: if mmaction2 is not installed.
    """
    spec = importlib.util.find_spec('mmaction')
    if spec is None or not spec.submodule_search_locations:
        raise ImportError(
            'mmaction2: got no installation, expected mmaction2 1.2. '
            "Install it with pip install 'mmaction2>=1.2,<1.3'.")
    localizers = Path(
        list(spec.submodule_search_locations)[0], 'models', 'localizers')
    name = 'mmaction.models.localizers.drn'
    if not localizers.is_dir() or (localizers / 'drn').is_dir() \
            or name in sys.modules:
        return

    class DRN:
        """Placeholder for a localizer that this mmaction2 wheel lacks."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            raise ImportError(
                'DRN: its source is missing from the installed mmaction2 '
                'wheel (mmaction2#2714). Install mmaction2 from source.')

    for module_name in (name, f'{name}.drn'):
        module = types.ModuleType(module_name)
        module.DRN = DRN
        sys.modules[module_name] = module


def leave_out_broken_multimodal() -> None:
    """Leave VindLU out where the installed ``transformers`` breaks it.

    ``mmaction.models`` imports VindLU wherever any ``transformers>=4.28`` is
    installed. Later releases lack names that VindLU imports, and timm may be
    missing. Then no model of MMAction2 can be imported. This function tries
    VindLU's imports of other packages. If one fails, VindLU is replaced by
    MMAction2's own placeholder for an installation without transformers.
    Remove when: mmaction2 limits the version of transformers, or imports
    VindLU where it is used.
    """
    from mmaction.utils import dependency
    if not dependency.WITH_MULTIMODAL:
        return
    folder = Path(dependency.__file__).parents[1] / 'models' / 'multimodal'
    for file in sorted(folder.rglob('*.py')):
        for node in ast.parse(file.read_text(encoding='utf-8')).body:
            if not isinstance(node, ast.ImportFrom) or node.level \
                    or node.module.startswith('mmaction'):
                continue
            try:
                exec(compile(ast.Module([node], []), str(file), 'exec'), {})
            except Exception:  # torchvision of another build: RuntimeError
                dependency.WITH_MULTIMODAL = False
                return


def allow_checkpoint_globals() -> None:
    """Let ``torch.load(weights_only=True)`` read mmengine's checkpoints.

    ``weights_only=True`` is the default since torch 2.6, but a checkpoint
    of a run contains mmengine's HistoryBuffer with numpy arrays
    (mmengine#1655, PR#1650), and numpy numbers as best scores. This function
    adds just these types to torch's list of safe globals. A pickled
    HistoryBuffer also calls ``getattr``, which could reach any object; it is
    replaced by a function that returns only the four statistics of
    HistoryBuffer.
    Remove when: mmengine adds these globals itself.
    """
    from mmengine.utils import digit_version
    if digit_version(torch.__version__) < digit_version('2.6.0'):
        return
    torch.serialization.add_safe_globals(_checkpoint_globals())


def _checkpoint_globals() -> List[Any]:
    import numpy as np
    from mmengine.logging import HistoryBuffer
    core = np._core if hasattr(np, '_core') else np.core
    allowed: List[Any] = [
        HistoryBuffer, np.ndarray, np.dtype,
        (_history_getattr, 'builtins.getattr')
    ]
    # A metric may be a number of any of these types.
    numbers = '?' + np.typecodes['AllInteger'] + np.typecodes['AllFloat']
    allowed += {type(np.dtype(code)) for code in numbers}
    # Files written with numpy 1 name numpy.core, with numpy 2 numpy._core.
    for package in ('numpy.core', 'numpy._core'):
        for function in ('_reconstruct', 'scalar'):
            allowed.append((getattr(core.multiarray, function),
                            f'{package}.multiarray.{function}'))
    return allowed


def _history_getattr(obj: Any, name: str) -> Any:
    from mmengine.logging import HistoryBuffer
    if obj is not HistoryBuffer or name not in ('min', 'max', 'mean',
                                                'current'):
        raise pickle.UnpicklingError(
            f'getattr({obj!r}, {name!r}) is not allowed in a checkpoint.')
    return getattr(obj, name)


def read_urls_as_files() -> None:
    """Read checkpoints behind URLs as mmengine reads files.

    mmengine reads files with ``torch.load``, which since torch 2.6 runs no
    code that a pickle contains (``weights_only=True``). It reads URLs with
    ``torch.hub``, which does run it (mmengine#1655): ``http://``,
    ``https://``, and all addresses that stand for a URL, like
    ``torchvision://`` and ``openmmlab://``.

    The cache of ``torch.hub`` knows a file by the last part of its URL
    alone. For ``b/epoch_120.pth`` it would give ``a/epoch_120.pth``. So the
    hash of the URL becomes a part of the name in the cache, unless the name
    has a hash of the content, as the zoos' names have.
    Remove when: mmengine reads URLs with ``weights_only=True``.
    """
    from mmengine.runner import checkpoint
    from mmengine.utils import digit_version
    from mmengine.utils.dl_utils import load_url
    if digit_version(torch.__version__) < digit_version('2.6.0'):
        return  # torch.load runs such code, too

    def load_weights(url: str, **options: Any) -> Any:
        name = os.path.basename(urlparse(url).path)
        if not re.search(r'-[0-9a-f]{8,}\.', name):
            digest = hashlib.sha256(url.encode()).hexdigest()[:8]
            name = f'{digest}_{name}'
        # weights_only=None is the default of torch.load, but not of the hub.
        return load_url(url, file_name=name, weights_only=None, **options)

    checkpoint.load_url = load_weights


def mend_build_dataloader() -> None:
    """Mend three faults of the data loaders that mmengine's Runner builds.

    - Without ``persistent_workers`` the workers of each epoch start with
      the same random numbers, and so do those of a resumed run: each epoch
      repeats the crops of the first. Here the epoch is part of their seed;
      that of epoch 0 stays as it is.
    - ``num_workers=0`` fails beside options of workers, such as the
      ``persistent_workers=True`` of a base config. Here it drops them.
    - A list that fills no batch beside ``drop_last`` fails in a parameter
      scheduler, which does not know why. Here it is a ValueError.

    Remove when: ``mmengine.dataset.worker_init_fn`` takes the epoch, and
    ``Runner.build_dataloader`` these options (0.10.7 does neither).
    """
    from mmengine.runner import Runner
    build = Runner.build_dataloader
    if getattr(build, 'mended', False):
        return

    @functools.wraps(build)
    def build_dataloader(dataloader: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(dataloader, dict) and not dataloader.get('num_workers'):
            dataloader = {
                name: value for name, value in dataloader.items() if name not
                in ('persistent_workers', 'prefetch_factor',
                    'multiprocessing_context')
            }
        loader = build(dataloader, *args, **kwargs)
        _require_batch(loader)
        _seed_by_epoch(loader)
        return loader

    build_dataloader.mended = True
    Runner.build_dataloader = staticmethod(build_dataloader)


def _require_batch(loader: Any) -> None:
    """Raise ValueError if an epoch of a loader has no batch."""
    from mmengine.dataset import DefaultSampler
    if loader.drop_last and isinstance(loader.sampler, DefaultSampler) \
            and len(loader) == 0:
        source = getattr(loader.dataset, 'ann_file', 'the data set')
        raise ValueError(
            f'{source}: got {len(loader.sampler)} clips for this process, '
            f'expected at least one batch of {loader.batch_size}, because '
            'drop_last=True leaves out a smaller one. Set a smaller '
            'batch_size.')


def _seed_by_epoch(loader: Any) -> None:
    """Make the seeds of a loader's workers depend on its sampler's epoch."""
    from mmengine.dataset import worker_init_fn
    init = loader.worker_init_fn
    if getattr(init, 'func', None) is not worker_init_fn:
        return  # of a user's own
    sampler = loader.sampler
    if not hasattr(sampler, 'epoch'):  # it is in the batch sampler
        sampler = getattr(loader.batch_sampler, 'sampler', None)
    loader.worker_init_fn = functools.partial(
        _init_worker, sampler=sampler, **init.keywords)


def _init_worker(worker_id: int, sampler: Any, seed: int,
                 **options: Any) -> None:
    """mmengine's ``worker_init_fn``, with another seed in each epoch.

    A worker gets the sampler with the epoch in which it starts.
    """
    from mmengine.dataset import worker_init_fn
    epoch = getattr(sampler, 'epoch', 0)
    if epoch:
        # A prime step: no seeds of neighbouring workers or runs.
        seed = (seed + 1_000_003 * epoch) % 2**31
    worker_init_fn(worker_id, seed=seed, **options)


def mend_ema_loading() -> None:
    """Let ``EMAHook`` load each file that a Runner loads without it.

    A Runner takes a state dict alone, and drops the ``module.`` of a parallel
    model. EMAHook, which gets the file first, does neither.
    Remove when: ``EMAHook.after_load_checkpoint`` does (0.10.7 does not).
    """
    from mmengine.hooks import EMAHook
    from torch.nn.modules.utils import consume_prefix_in_state_dict_if_present
    load = EMAHook.after_load_checkpoint
    if getattr(load, 'mended', False):
        return

    @functools.wraps(load)
    def after_load_checkpoint(self: Any, runner: Any,
                              checkpoint: dict) -> None:
        if 'state_dict' not in checkpoint:
            checkpoint['state_dict'] = copy.copy(checkpoint)
        consume_prefix_in_state_dict_if_present(
            checkpoint['state_dict'], 'module.')
        load(self, runner, checkpoint)

    after_load_checkpoint.mended = True
    EMAHook.after_load_checkpoint = after_load_checkpoint


def prepare_cpu_launch(cfg: Any) -> None:
    """Make ``--launcher pytorch`` work on a machine without an accelerator.

    mmengine/dist/utils.py calls ``torch.cuda.set_device`` and
    mmengine/runner/runner.py passes ``device_ids`` to DDP; both fail
    without CUDA. Call this function before building the Runner, which then
    uses the existing process group. torch's SyncBatchNorm does not train on
    the CPU, so ``cfg.sync_bn`` is removed, with a warning.
    Remove when: mmengine launches on the CPU (0.10.7 does not).

    Args:
        cfg: the run's config, changed in place: reads ``launcher``, sets
            ``model_wrapper_cfg`` if it is not set, removes ``sync_bn``.
    """
    import torch.distributed as dist
    from mmengine.device import get_device
    from mmengine.logging import print_log
    if cfg.get('launcher', 'none') != 'pytorch' or get_device() != 'cpu':
        return
    if not dist.is_initialized():
        dist.init_process_group('gloo')
    if cfg.get('sync_bn') is not None:
        print_log(
            f'No GPU: sync_bn={cfg.sync_bn!r} is ignored. Each process '
            'normalises over its own videos.',
            logger='current',
            level=logging.WARNING)
        cfg.sync_bn = None
    if cfg.get('model_wrapper_cfg') is None:
        cfg.model_wrapper_cfg = dict(
            type='MMDistributedDataParallel',
            device_ids=None,
            broadcast_buffers=False,
            find_unused_parameters=cfg.get('find_unused_parameters', False))


def autocast_dtype(device_type: str) -> Optional[torch.dtype]:
    """The dtype that autocast casts to on a device; None while it is off.

    torch before 2.4 has one function per device.
    Remove when: this package requires torch 2.4.
    """
    if hasattr(torch, 'get_autocast_dtype'):
        enabled = torch.is_autocast_enabled(device_type)
        return torch.get_autocast_dtype(device_type) if enabled else None
    if device_type == 'cuda':
        enabled = torch.is_autocast_enabled()
        return torch.get_autocast_gpu_dtype() if enabled else None
    enabled = torch.is_autocast_cpu_enabled()
    return torch.get_autocast_cpu_dtype() if enabled else None


def is_compiling() -> bool:
    """Whether torch.compile traces this call.

    The first torch 2 releases have no public function for it.
    Remove when: all supported torch versions have
    ``torch.compiler.is_compiling``.
    """
    public = getattr(torch, 'compiler', None)
    if hasattr(public, 'is_compiling'):
        return public.is_compiling()
    return torch._dynamo.is_compiling()


def run_while_tracing(function: Callable) -> Callable:
    """A function without tensors that torch.compile calls, and not traces.

    It sets the mark of ``torch.compiler.assume_constant_result``, which
    imports torch._dynamo and with it triton, in seconds and before its
    settings are known.
    Remove when: the public function imports neither.
    """
    function._dynamo_marked_constant = True
    return function


def is_exporting() -> bool:
    """Whether torch.export traces this call.

    While torch.compile traces, ``torch.compiler.is_exporting`` of torch 2.7
    to 2.12 is always true. This function reads the variable that it returns
    elsewhere. torch before 2.7 does not report export.
    Remove when: this package requires torch 2.13.
    """
    compiler = getattr(torch, 'compiler', None)
    return getattr(compiler, '_is_exporting_flag', False)
