"""Workarounds, each with and without the fault that it is for, and whether
the installed versions still have that fault."""

import importlib.metadata
import importlib.util
import inspect
import pickle
import random
import re
import subprocess
import sys
import types

import numpy as np
import pytest
import torch
from mmaction.utils import dependency
from mmengine.config import Config
from mmengine.hooks import EMAHook
from mmengine.logging import HistoryBuffer, MessageHub
from mmengine.runner import Runner, checkpoint
from mmengine.runner.checkpoint import _load_checkpoint
from mmengine.utils import digit_version
from mmengine.utils.dl_utils import load_url

from s2dnet_mmaction import _compat
from s2dnet_mmaction.models.common.checkpoints import read_checkpoint
from tests.support import tiny
from tests.support.glints import QUICKSTART, ROOT
from tests.support.small_runs import build
from tests.support.web import malicious_checkpoint, serve


def fake_mmcv(monkeypatch, version):
    module = types.ModuleType('mmcv')
    module.__version__ = version
    monkeypatch.setitem(sys.modules, 'mmcv', module)


class TestMMCV:

    @pytest.mark.parametrize('version', ['2.0.0', '2.0.0rc4', '2.1.0'])
    def test_fit(self, monkeypatch, version):
        fake_mmcv(monkeypatch, version)
        _compat.check_mmcv()

    @pytest.mark.parametrize('version', ['1.7.2', '2.2.0', '2.0.0rc3'])
    def test_unfit(self, monkeypatch, version):
        fake_mmcv(monkeypatch, version)
        with pytest.raises(ImportError, match=f'mmcv: got version {version}, '
                           r'expected >=2.0.0rc4,<2.2.0. Install'):
            _compat.check_mmcv()

    def test_missing(self, monkeypatch):
        monkeypatch.setitem(sys.modules, 'mmcv', None)  # import fails
        with pytest.raises(ImportError, match='mmcv: got no installation'):
            _compat.check_mmcv()


class TestDRN:
    name = 'mmaction.models.localizers.drn'

    def install(self, tmp_path, monkeypatch, with_drn):
        """An mmaction that only exists as folders."""
        localizers = tmp_path / 'mmaction/models/localizers'
        localizers.mkdir(parents=True)
        if with_drn:
            (localizers / 'drn').mkdir()
        spec = types.SimpleNamespace(
            submodule_search_locations=[str(tmp_path / 'mmaction')])
        monkeypatch.setattr(importlib.util, 'find_spec', lambda name: spec)
        for name in (self.name, f'{self.name}.drn'):
            # set, then deleted: monkeypatch puts the original back
            monkeypatch.setitem(sys.modules, name, None)
            monkeypatch.delitem(sys.modules, name)

    def test_placeholder_for_a_missing_folder(self, tmp_path, monkeypatch):
        self.install(tmp_path, monkeypatch, with_drn=False)
        _compat.provide_drn()
        stub = sys.modules[f'{self.name}.drn']
        assert sys.modules[self.name].DRN is stub.DRN
        with pytest.raises(ImportError, match='mmaction2#2714'):
            stub.DRN()
        _compat.provide_drn()  # again: no change
        assert sys.modules[f'{self.name}.drn'] is stub

    def test_existing_folder(self, tmp_path, monkeypatch):
        self.install(tmp_path, monkeypatch, with_drn=True)
        _compat.provide_drn()
        assert self.name not in sys.modules

    def test_no_mmaction(self, monkeypatch):
        monkeypatch.setattr(importlib.util, 'find_spec', lambda name: None)
        with pytest.raises(ImportError, match='mmaction2: got no'):
            _compat.provide_drn()


@pytest.mark.parametrize('line, stays', [
    ('from math import pi', True),
    ('from math import such_a_name_there_is_not', False),
    ('from such_a_package_there_is_not import name', False),
    ('from broken_build import name', False),
    ('from .missing import name', True),  # MMAction2's own files
    ('from mmaction.missing import name', True),
])
def test_multimodal_models_that_cannot_be_imported(
        tmp_path, monkeypatch, line, stays):
    folder = tmp_path / 'mmaction/models/multimodal/vindlu'
    folder.mkdir(parents=True)
    (folder / 'a.py').write_text('import math\n')
    (tmp_path / 'broken_build.py').write_text(
        'raise RuntimeError("operator torchvision::nms does not exist")')
    monkeypatch.syspath_prepend(tmp_path)
    (folder / 'xbert.py').write_text(f'{line}\nraise SystemExit\n')
    monkeypatch.setattr(dependency, '__file__',
                        str(tmp_path / 'mmaction/utils/dependency.py'))
    monkeypatch.setattr(dependency, 'WITH_MULTIMODAL', True)
    _compat.leave_out_broken_multimodal()
    assert dependency.WITH_MULTIMODAL is stays


def test_importlib_metadata_only_where_missing(monkeypatch):
    monkeypatch.delitem(sys.modules, 'importlib_metadata', raising=False)
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: object())
    _compat.provide_importlib_metadata()
    assert 'importlib_metadata' not in sys.modules
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: None)
    _compat.provide_importlib_metadata()
    assert sys.modules['importlib_metadata'] is importlib.metadata
    monkeypatch.delitem(sys.modules, 'importlib_metadata')


class TestCheckpointGlobals:

    def test_message_hub_of_a_run(self, tmp_path):
        """What CheckpointHook saves beside the weights."""
        hub = MessageHub('test_message_hub_of_a_run')
        for value in (1.0, np.float64(2.0), np.int64(3)):
            hub.update_scalar('loss', value)
        hub.update_info('epoch', np.int64(2))
        torch.save(hub.state_dict(), tmp_path / 'hub.pth')
        loaded = torch.load(tmp_path / 'hub.pth', weights_only=True)
        buffer = loaded['log_scalars']['loss']
        assert isinstance(buffer, HistoryBuffer)
        assert buffer.data[0].tolist() == [1, 2, 3]
        assert buffer.mean() == 2

    @pytest.mark.parametrize('number', [
        np.float32(2.5), np.float16(2.5), np.int32(2), np.uint8(2),
        np.bool_(True), np.array([2, 3], np.uint8)])
    def test_numbers_of_numpy(self, tmp_path, number):
        """A metric that CheckpointHook keeps as the best score."""
        torch.save(dict(best_score=number), tmp_path / 'score.pth')
        loaded = torch.load(tmp_path / 'score.pth', weights_only=True)
        assert loaded['best_score'].dtype == number.dtype
        assert (loaded['best_score'] == number).all()

    def test_weights_only_stays_on(self, tmp_path):
        class Evil:

            def __reduce__(self):
                return (print, ('pwned', ))

        torch.save(dict(evil=Evil()), tmp_path / 'evil.pth')
        with pytest.raises(pickle.UnpicklingError):
            torch.load(tmp_path / 'evil.pth')

    @pytest.mark.parametrize('obj, name', [
        (HistoryBuffer, '__init__'), (HistoryBuffer, '__globals__'),
        (np, 'mean'), (str, 'mean'), ('mean', 'mean')])
    def test_getattr_returns_four_statistics_only(self, obj, name):
        assert _compat._history_getattr(HistoryBuffer,
                                        'mean') is HistoryBuffer.mean
        with pytest.raises(pickle.UnpicklingError, match='is not allowed'):
            _compat._history_getattr(obj, name)

    def test_file_that_calls_getattr_is_refused(self, tmp_path):
        import builtins

        class Evil:

            def __reduce__(self):
                return (builtins.getattr, (HistoryBuffer, '__init__'))

        torch.save(dict(evil=Evil()), tmp_path / 'evil.pth')
        with pytest.raises(pickle.UnpicklingError, match='is not allowed'):
            torch.load(tmp_path / 'evil.pth', weights_only=True)


class TestURLs:
    """Addresses of mmengine that end in a download; a proxy is not asked."""

    @pytest.fixture
    def web(self, tmp_path, monkeypatch):
        monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'cache'))
        monkeypatch.setenv('no_proxy', '127.0.0.1')
        with serve(tmp_path) as url:
            yield url

    @pytest.mark.parametrize('zipped', [True, False])
    def test_pickle_is_not_executed(self, web, tmp_path, zipped):
        ran = tmp_path / 'ran'
        malicious_checkpoint(tmp_path / 'evil.pth', ran, zipped)
        with pytest.raises(pickle.UnpicklingError, match='weights_only'):
            _load_checkpoint(f'{web}/evil.pth', map_location='cpu')
        assert not ran.exists()
        # neither once it is in the cache, nor through our own reader
        with pytest.raises(ValueError, match='which contains .*makedirs'):
            read_checkpoint(f'{web}/evil.pth')
        assert not ran.exists()
        # The file does what this test is about.
        torch.load(tmp_path / 'evil.pth', weights_only=False)
        assert ran.exists()

    @pytest.mark.parametrize('scheme', [
        'torchvision://net', 'modelzoo://net', 'openmmlab://net',
        'open-mmlab://net', 'mmcls://net'])
    def test_other_names_of_urls(self, web, tmp_path, monkeypatch, scheme):
        ran = tmp_path / 'ran'
        malicious_checkpoint(tmp_path / 'evil.pth', ran)
        for zoo in ('torchvision', 'external', 'mmcls'):
            monkeypatch.setattr(checkpoint, f'get_{zoo}_models',
                                lambda: {'net': f'{web}/evil.pth'})
        with pytest.raises(pickle.UnpicklingError):
            _load_checkpoint(scheme, map_location='cpu')
        assert not ran.exists()

    def test_file_of_a_run(self, web, tmp_path):
        hub = MessageHub('test_file_of_a_run')
        hub.update_scalar('loss', np.float64(2.0))
        content = dict(state_dict=dict(weight=torch.ones(2)),
                       message_hub=hub.state_dict())
        torch.save(content, tmp_path / 'epoch_1.pth')
        loaded = _load_checkpoint(f'{web}/epoch_1.pth', map_location='cpu')
        assert loaded['state_dict']['weight'].tolist() == [1, 1]
        buffer = loaded['message_hub']['log_scalars']['loss']
        assert buffer.current() == 2

    def test_two_urls_that_end_alike(self, web, tmp_path):
        for run in (1, 2):
            (tmp_path / f'run{run}').mkdir()
            torch.save(dict(run=run), tmp_path / f'run{run}/epoch_1.pth')
            torch.save(dict(run=run),
                       tmp_path / f'run{run}/net-0123456{run}.pth')
        for name in ('epoch_1.pth', 'net-01234561.pth', 'epoch_1.pth'):
            assert _load_checkpoint(f'{web}/run1/{name}') == dict(run=1)
        assert _load_checkpoint(f'{web}/run2/epoch_1.pth') == dict(run=2)
        cached = {file.name for file in tmp_path.rglob('checkpoints/*')}
        # Names with a hash are those of torch.hub: nothing is fetched again.
        assert len(cached) == 3 and 'net-01234561.pth' in cached
        assert sum(bool(re.fullmatch('[0-9a-f]{8}_epoch_1.pth', name))
                   for name in cached) == 2

    def test_older_torch_reads_neither_with_weights_only(self, monkeypatch):
        monkeypatch.setattr(checkpoint, 'load_url', 'as it was')
        old = types.SimpleNamespace(__version__='2.5.1')
        monkeypatch.setattr(_compat, 'torch', old)
        _compat.read_urls_as_files()
        assert checkpoint.load_url == 'as it was'
class Draws(torch.utils.data.Dataset):
    """What the three random generators give."""

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return (random.random(), float(np.random.rand()),
                float(torch.rand(())))


def draw(epochs, seed=7, **options):
    """The draws of each of these epochs, by a loader of mmengine's."""
    cfg = dict(
        dataset=Draws(), num_workers=2, batch_size=2,
        sampler=dict(type='DefaultSampler', shuffle=False))
    loader = Runner.build_dataloader({**cfg, **options}, seed=seed)
    drawn = []
    for epoch in epochs:
        sampler = loader.sampler
        if not hasattr(sampler, 'set_epoch'):
            sampler = loader.batch_sampler.sampler
        sampler.set_epoch(epoch)  # as DistSamplerSeedHook does
        drawn.append(list(loader))
    return drawn


class TestDataLoader:

    @pytest.mark.parametrize('options', [
        dict(),
        dict(batch_sampler=dict(
            type=torch.utils.data.BatchSampler, drop_last=False))])
    def test_each_epoch_draws_anew(self, options):
        first, second, third = draw([0, 1, 2], **options)
        for one, other in ((first, second), (first, third), (second, third)):
            pairs = zip(sum(one, []), sum(other, []))
            assert all(set(a).isdisjoint(b) for a, b in pairs)
        # reproducible, and a resumed run goes on in the same way
        assert draw([0, 2], **options) == [first, third]
        assert draw([0], seed=8, **options) != [first]

    def test_epoch_reaches_spawned_workers(self):
        loader = Runner.build_dataloader(
            dict(dataset=Draws(), num_workers=1, batch_size=2,
                 sampler=dict(type='DefaultSampler', shuffle=False)), seed=7)
        drawn = []
        for epoch in (0, 3):
            loader.sampler.set_epoch(epoch)
            pickle.loads(pickle.dumps(loader.worker_init_fn))(0)
            drawn.append(np.random.rand())
        assert drawn[0] == np.random.RandomState(7).rand()
        assert drawn[1] != drawn[0]

    def test_first_epoch_is_that_of_mmengine(self):
        build = Runner.build_dataloader.__wrapped__
        cfg = dict(dataset=Draws(), num_workers=2, batch_size=2,
                   sampler=dict(type='DefaultSampler', shuffle=False))
        assert [list(build(cfg, seed=7))] == draw([0])
        assert [list(build(cfg, seed=7))] == draw(
            [0], persistent_workers=True)

    def test_own_worker_init_fn(self):
        options = dict(worker_init_fn=dict(type=np.random.seed))
        (_, first, _), (_, second, _) = (
            epoch[0] for epoch in draw([0, 1], **options))
        assert first == second

    def test_no_workers(self):
        """With the options of a base config."""
        options = dict(persistent_workers=True, prefetch_factor=4,
                       multiprocessing_context='fork')
        drawn, = draw([0], num_workers=0, **options)
        assert len(drawn) == 2
        assert options['persistent_workers']  # the config stays as it is

    def test_epoch_without_a_batch(self):
        cfg = dict(dataset=Draws(), num_workers=0, batch_size=5,
                   sampler=dict(type='DefaultSampler', shuffle=True))
        assert len(Runner.build_dataloader(cfg)) == 1
        with pytest.raises(ValueError, match='got 4 clips .*, expected at '
                           'least one batch of 5, because drop_last'):
            Runner.build_dataloader(dict(cfg, drop_last=True))
        Runner.build_dataloader(dict(cfg, drop_last=True, batch_size=4))
        # it never ends
        Runner.build_dataloader(dict(cfg, drop_last=True, sampler=dict(
            type='InfiniteSampler')))

    def test_other_arguments(self):
        loader = torch.utils.data.DataLoader(Draws())
        assert Runner.build_dataloader(loader) is loader
        build = Runner.build_dataloader
        _compat.mend_build_dataloader()  # again: no change
        assert Runner.build_dataloader is build


class TestEMA:

    @pytest.mark.parametrize('prefix', ['', 'module.'])
    @pytest.mark.parametrize('bare', [False, True])
    def test_files_that_load_without_it(self, tmp_path, prefix, bare):
        net = tiny.build()
        for value in net.state_dict().values():
            value.fill_(7)
        net = torch.nn.ModuleDict(dict(module=net)) if prefix else net
        state = net.state_dict()
        torch.save(state if bare else dict(state_dict=state),
                   tmp_path / 'file.pth')
        runner = build(
            tmp_path / 'work', [dict(type='EMAHook')],
            optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.0)))
        runner._load_from = str(tmp_path / 'file.pth')
        runner.train()
        ema = next(hook.ema_model.module for hook in runner.hooks
                   if isinstance(hook, EMAHook))
        for model in (runner.model, ema):
            assert all((p == 7).all() for p in model.parameters())

    def test_again(self):
        load = EMAHook.after_load_checkpoint
        _compat.mend_ema_loading()
        assert EMAHook.after_load_checkpoint is load


def test_cpu_launch_touches_only_cpu_launches(monkeypatch):
    cfg = Config(dict(launcher='none'))
    _compat.prepare_cpu_launch(cfg)
    assert cfg.get('model_wrapper_cfg') is None
    assert not torch.distributed.is_initialized()
    monkeypatch.setattr('mmengine.device.get_device', lambda: 'cuda')
    cfg = Config(dict(launcher='pytorch'))
    _compat.prepare_cpu_launch(cfg)
    assert cfg.get('model_wrapper_cfg') is None
    assert not torch.distributed.is_initialized()


def test_cpu_launch_leaves_sync_bn_out(monkeypatch):
    monkeypatch.setattr('mmengine.device.get_device', lambda: 'cpu')
    monkeypatch.setattr(torch.distributed, 'is_initialized', lambda: True)
    cfg = Config(dict(launcher='pytorch', sync_bn='torch'))
    _compat.prepare_cpu_launch(cfg)
    assert cfg.sync_bn is None
    assert cfg.model_wrapper_cfg.device_ids is None
    cfg = Config(dict(launcher='none', sync_bn='torch'))
    _compat.prepare_cpu_launch(cfg)
    assert cfg.sync_bn == 'torch'


def test_config_alone_registers_everything():
    """custom_imports in a fresh process, before anything else."""
    code = ('from mmengine.config import Config\n'
            f'cfg = Config.fromfile({QUICKSTART!r})\n'
            'from mmaction.registry import MODELS\n'
            'MODELS.build(cfg.model)\n')
    done = subprocess.run([sys.executable, '-W', 'ignore', '-c', code],
                          cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_autocast_dtype():
    assert _compat.autocast_dtype('cpu') is None
    assert _compat.autocast_dtype('cuda') is None
    with torch.autocast('cpu', torch.bfloat16):
        assert _compat.autocast_dtype('cpu') == torch.bfloat16
        assert _compat.autocast_dtype('cuda') is None


def test_autocast_dtype_of_old_torch(monkeypatch):
    """Before 2.4 there was one function per device."""
    old = types.SimpleNamespace(
        is_autocast_enabled=lambda: True,
        get_autocast_gpu_dtype=lambda: torch.float16,
        is_autocast_cpu_enabled=lambda: False)
    monkeypatch.setattr(_compat, 'torch', old)
    assert _compat.autocast_dtype('cuda') == torch.float16
    assert _compat.autocast_dtype('cpu') is None


def test_is_compiling(monkeypatch):
    assert not _compat.is_compiling()
    compiled = torch.compile(
        lambda x: x + _compat.is_compiling(), backend='eager', fullgraph=True)
    assert compiled(torch.zeros(())) == 1
    old = types.SimpleNamespace(
        _dynamo=types.SimpleNamespace(is_compiling=lambda: 'asked'))
    monkeypatch.setattr(_compat, 'torch', old)
    assert _compat.is_compiling() == 'asked'


def test_is_exporting():

    class Model(torch.nn.Module):

        def forward(self, x):
            return x + _compat.is_exporting()

    x = torch.zeros(1)
    assert Model()(x) == 0
    assert torch.compile(Model(), backend='eager', fullgraph=True)(x) == 0
    if hasattr(torch.compiler, 'is_exporting'):
        assert torch.export.export(Model(), (x, )).module()(x) == 1


class TestStillNeeded:
    """A failure means that a workaround of _compat.py can be removed."""

    def required(self, package):
        """Names of what a package always requires."""
        requirements = importlib.metadata.requires(package)
        return {re.match(r'[\w.-]+', line)[0].replace('-', '_')
                for line in requirements if 'extra ==' not in line}

    def test_check_mmcv(self):
        assert not {'mmcv', 'mmcv_lite'} & self.required('mmaction2')

    def test_provide_importlib_metadata(self):
        from mmaction.utils import dependency
        assert 'importlib_metadata' in inspect.getsource(dependency)
        assert 'importlib_metadata' not in self.required('mmaction2')

    def test_provide_drn(self):
        files = importlib.metadata.files('mmaction2')
        assert not [file for file in files if 'localizers/drn' in str(file)]

    def test_allow_checkpoint_globals(self, tmp_path):
        torch.save(HistoryBuffer([1.0], [1]), tmp_path / 'buffer.pth')
        allowed = torch.serialization.get_safe_globals()
        torch.serialization.clear_safe_globals()
        try:
            with pytest.raises(pickle.UnpicklingError):
                torch.load(tmp_path / 'buffer.pth', weights_only=True)
        finally:
            torch.serialization.add_safe_globals(allowed)

    def test_read_urls_as_files(self, tmp_path, monkeypatch):
        """mmengine's own function runs what a pickle contains."""
        monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'cache'))
        monkeypatch.setenv('no_proxy', '127.0.0.1')
        monkeypatch.setattr(checkpoint, 'load_url', load_url)
        malicious_checkpoint(tmp_path / 'evil.pth', tmp_path / 'ran')
        with serve(tmp_path) as url:
            _load_checkpoint(f'{url}/evil.pth', map_location='cpu')
        assert (tmp_path / 'ran').exists()

    def test_prepare_cpu_launch(self):
        from mmengine.dist import utils
        source = inspect.getsource(utils._init_dist_pytorch)
        assert 'torch.cuda.set_device(local_rank)' in source
        assert 'cpu' not in source

    def test_mend_build_dataloader(self):
        build = Runner.build_dataloader.__wrapped__
        cfg = dict(dataset=Draws(), num_workers=1, batch_size=2,
                   sampler=dict(type='DefaultSampler', shuffle=False))
        loader = build(cfg, seed=7)
        first = list(loader)
        loader.sampler.set_epoch(1)
        assert list(loader) == first
        with pytest.raises(ValueError, match='persistent_workers'):
            build({**cfg, 'num_workers': 0, 'persistent_workers': True})

    def test_mend_ema_loading(self):
        load = EMAHook.after_load_checkpoint.__wrapped__
        with pytest.raises(KeyError, match='state_dict'):
            load(types.SimpleNamespace(ema_model=torch.nn.ModuleDict(
                dict(module=torch.nn.Linear(1, 1))), strict_load=False),
                types.SimpleNamespace(_resume=False), {})

    def test_functions_of_old_torch(self):
        """autocast_dtype and is_compiling; is_exporting below 2.13."""
        lowest, = (line for line in importlib.metadata.requires(
            's2dnet_mmaction') if line.startswith('torch>='))
        assert digit_version(lowest[len('torch>='):]) < digit_version('2.4')
