"""The command line, as a user calls it."""

import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from tests.support import tiny
from tests.support.glints import QUICKSTART, ROOT, config, free_port

TOOLS = [
    'tools/train.py', 'tools/test.py', 'tools/data/glints/write_glints.py',
    'tools/data/glints/report.py', 'tools/data/telltale/write_telltale.py',
    'tools/visualizations/vis_sampling.py',
    'tools/data/minikinetics/build_annotations.py',
    'tools/model_converters/merge_checkpoints.py',
    'tools/deployment/publish_model.py',
    'tools/analysis_tools/model_cost.py',
    'tools/benchmarks/bench_execution.py',
    'tools/experiments/run_study.py'
]


def call(*arguments, cwd=ROOT, **environment):
    return subprocess.run(
        [str(argument) for argument in arguments],
        cwd=cwd,
        env={
            **os.environ, 'PYTHONPATH': str(ROOT),
            'PYTHONWARNINGS': 'ignore',
            **environment
        },
        capture_output=True,
        text=True)


@pytest.mark.parametrize('tool', TOOLS)
def test_help(tool):
    done = call(sys.executable, ROOT / tool, '--help')
    assert done.returncode == 0, done.stderr
    assert '--gpus' not in done.stdout  # mim would take it for the 1.x line


def test_write_telltale(tmp_path):
    """Videos first, their frames with a second call."""
    command = (sys.executable, ROOT / 'tools/data/telltale/write_telltale.py',
               tmp_path / 'set', '--num-train', 2, '--num-val', 1,
               '--num-closeups', 1, '--seed', 3, '--jobs', 1, '--frame-px',
               64, '--num-frames', 10, 12, '--spread-px', 20)
    for options, words in (((), 'written'), (('--decode', ), 'already there')):
        done = call(*command, *options)
        assert done.returncode == 0, done.stderr
        assert f'set: {words}, 9 classes.' in done.stdout.replace('\n', '')
    assert len(list((tmp_path / 'set').glob('*/*.mp4'))) == 3 + 1
    assert len(list((tmp_path / 'set/decoded').iterdir())) == 3 + 1
    frames = np.load(tmp_path / 'set/decoded/00000.npy', mmap_mode='r')
    assert 10 <= len(frames) <= 12 and frames.shape[1:] == (64, 64, 3)


def test_write_telltale_of_no_such_size(tmp_path):
    done = call(sys.executable, ROOT / 'tools/data/telltale/write_telltale.py',
                tmp_path / 'set', '--frame-px', 96)
    assert done.returncode == 2 and 'Traceback' not in done.stderr
    assert 'spread_px: got 46.0, expected at most 44.5' in done.stderr
    assert not (tmp_path / 'set').exists()


@pytest.fixture(scope='module')
def trained(glints_root, tmp_path_factory):
    """A run of the tiny model through tools/train.py, one epoch a stage."""
    folder = tmp_path_factory.mktemp('run')
    cfg = config(glints_root, folder / 'work', max_epochs=2, switch_epoch=1)
    cfg.dump(folder / 'tiny.py')
    done = call(sys.executable, ROOT / 'tools/train.py', folder / 'tiny.py',
                cwd=folder)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def metrics_of(work_dir):
    file = max(work_dir.glob('*/[0-9]*_[0-9]*.json'))
    return json.loads(file.read_text())


@pytest.mark.parametrize('epoch', [1, 2])
def test_test_repeats_the_validation(trained, tmp_path, epoch):
    """On either side of the switch, to the last digit."""
    done = call(sys.executable, ROOT / 'tools/test.py', trained / 'tiny.py',
                trained / f'work/epoch_{epoch}.pth', '--work-dir', tmp_path,
                '--dump', tmp_path / 'predictions.pkl')
    assert done.returncode == 0, done.stderr[-3000:]
    scalars = next((trained / 'work').glob('*/vis_data/scalars.json'))
    lines = [json.loads(line) for line in scalars.read_text().splitlines()]
    validations = [line for line in lines if 'acc/top1' in line]
    assert [line['step'] for line in validations] == [1, 2]
    tested = metrics_of(tmp_path)
    logged = validations[epoch - 1]
    names = [name for name in tested if name.startswith('acc/')]
    assert len(names) == 7
    for name in names:
        assert tested[name] == logged[name], name
    assert (tmp_path / 'predictions.pkl').stat().st_size > 0


def test_mim_from_the_checkout(trained, tmp_path):
    """The documented route after tools/install.sh; mim test repeats the
    last validation of the mim train to the last digit."""
    mim = os.path.join(os.path.dirname(sys.executable), 'mim')
    for arguments in (
        ('train', 's2dnet_mmaction', trained / 'tiny.py', '--work-dir',
         tmp_path / 'train'),
        ('test', 's2dnet_mmaction', trained / 'tiny.py', '--checkpoint',
         tmp_path / 'train/epoch_2.pth', '--work-dir', tmp_path / 'test')):
        done = call(mim, *arguments, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    scalars = next((tmp_path / 'train').glob('*/vis_data/scalars.json'))
    last = json.loads(scalars.read_text().splitlines()[-1])
    tested = metrics_of(tmp_path / 'test')
    for name in ('acc/top1', 'acc/synopsis_top1', 'acc/topk_recall'):
        assert tested[name] == last[name], name


def test_distributed_test(trained, tmp_path):
    """Two processes on the CPU give what one gives."""
    done = call('bash', ROOT / 'tools/dist_test.sh', trained / 'tiny.py',
                trained / 'work/epoch_2.pth', 2, '--work-dir', tmp_path,
                PATH=f'{os.path.dirname(sys.executable)}:{os.environ["PATH"]}',
                PORT=free_port(), OMP_NUM_THREADS='1')
    assert done.returncode == 0, done.stderr[-3000:]
    scalars = next((trained / 'work').glob('*/vis_data/scalars.json'))
    last = json.loads(scalars.read_text().splitlines()[-1])
    assert metrics_of(tmp_path)['acc/top1'] == last['acc/top1']


def test_distributed_train(trained, tmp_path):
    done = call('bash', ROOT / 'tools/dist_train.sh', trained / 'tiny.py', 2,
                '--work-dir', tmp_path,
                PATH=f'{os.path.dirname(sys.executable)}:{os.environ["PATH"]}',
                PORT=free_port(), OMP_NUM_THREADS='1')
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / 'epoch_2.pth').is_file()


def test_resume_and_seed(trained, tmp_path):
    done = call(sys.executable, ROOT / 'tools/train.py', trained / 'tiny.py',
                '--work-dir', tmp_path, '--resume',
                trained / 'work/epoch_1.pth', '--seed', 7)
    assert done.returncode == 0, done.stderr[-3000:]
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert 'Epoch 2: stage 2, detail sampler live.' in log
    assert 'Epoch(train) [1]' not in log.replace('  ', ' ')
    assert 'seed: 7' in log


def test_pictures(trained, tmp_path, glints_root):
    done = call(sys.executable, ROOT / 'tools/visualizations/vis_sampling.py',
                trained / 'tiny.py', trained / 'work/epoch_2.pth',
                '--num-samples', 2, '--out-dir', tmp_path / 'set',
                '--classes', glints_root / 'classes.txt')
    assert done.returncode == 0, done.stderr[-3000:]
    names = sorted(path.name for path in (tmp_path / 'set').iterdir())
    assert names == ['00000_00024.png', '00006_00030.png']
    video = glints_root / 'videos/00030.mp4'
    done = call(sys.executable, ROOT / 'tools/visualizations/vis_sampling.py',
                trained / 'tiny.py', trained / 'work/epoch_2.pth',
                '--videos', video, '--out-dir', tmp_path / 'files')
    assert done.returncode == 0, done.stderr[-3000:]
    assert [p.name for p in (tmp_path / 'files').iterdir()
            ] == ['00000_00030.png']


@pytest.mark.parametrize('arguments, message', [
    (('--videos', 'missing.mp4'), 'videos: got missing.mp4'),
    (('--num-samples', '0'), 'num_samples: got 0'),
])
def test_pictures_of_nothing(trained, arguments, message):
    done = call(sys.executable, ROOT / 'tools/visualizations/vis_sampling.py',
                trained / 'tiny.py', trained / 'work/epoch_2.pth', *arguments)
    assert done.returncode != 0
    assert message in done.stderr


def test_report(trained, tmp_path):
    run = tmp_path / '20260101_000000'
    run.mkdir()
    metrics = {'acc/top1': 0.75, 'acc/synopsis_top1': 0.25}
    (run / '20260101_000000.json').write_text(json.dumps(metrics))
    report = ROOT / 'tools/data/glints/report.py'
    done = call(sys.executable, report, tmp_path)
    assert done.returncode == 0
    assert 'Test accuracy of S2DNet 0.750' in done.stdout
    assert 'blind to the detail can reach 0.333' in done.stdout
    metrics['acc/top1'] = 0.3
    (run / '20260101_000000.json').write_text(json.dumps(metrics))
    assert call(sys.executable, report, tmp_path).returncode == 1
    assert call(sys.executable, report, tmp_path / 'no').returncode == 1


def test_missing_arguments_of_the_launch_scripts():
    for script in ('dist_train.sh', 'dist_test.sh', 'slurm_train.sh'):
        done = call('bash', ROOT / 'tools' / script)
        assert done.returncode != 0
        assert f'usage: {script}' in done.stderr


def test_slurm_command(tmp_path):
    """A stand-in srun shows what slurm would be asked for."""
    srun = tmp_path / 'srun'
    srun.write_text('#!/bin/sh\necho "$@"\n')
    srun.chmod(0o755)
    done = call('bash', ROOT / 'tools/slurm_train.sh', 'part', 'job',
                QUICKSTART, '--amp', PATH=f'{tmp_path}:{os.environ["PATH"]}',
                GPUS='16')
    assert done.returncode == 0, done.stderr
    for expected in ('-p part', '--job-name=job', '--ntasks=16',
                     '--gres=gpu:8', '--launcher=slurm --amp', QUICKSTART):
        assert expected in done.stdout


def test_bench_execution(trained, tmp_path):
    """Both nets, four ways, as many times as asked for."""
    done = call(sys.executable, ROOT / 'tools/benchmarks/bench_execution.py',
                f'tiny={trained / "tiny.py"}', '--batch-size', 2,
                '--rounds', 3, '--warmup', 0, '--out',
                tmp_path / 'bench')
    assert done.returncode == 0, done.stderr[-3000:]
    times_ms = json.loads((tmp_path / 'bench.json').read_text())
    assert set(times_ms) == {'tiny snet', 'tiny dnet'}
    for ways in times_ms.values():
        assert len(ways) == 4
        assert all(len(times) == 3 and min(times) > 0
                   for times in ways.values())
    table = (tmp_path / 'bench.md').read_text()
    assert table.count('| tiny ') == 2 and 'batch of 2' in table
    assert table in done.stdout


def test_publish(trained, tmp_path):
    """Weights only, hash in the name, and the accuracy of the run."""
    run = trained / 'work/epoch_2.pth'
    tool = ROOT / 'tools/deployment/publish_model.py'
    names = []
    for folder in ('first', 'second'):
        done = call(sys.executable, tool, run, tmp_path / folder / 'net.pth')
        assert done.returncode == 0, done.stderr
        published, = (tmp_path / folder).iterdir()
        assert done.stdout.splitlines()[-1] == str(published)
        names.append(published.name)
    assert names[0] == names[1]
    digest = hashlib.sha256(published.read_bytes()).hexdigest()[:8]
    assert names[0] == f'net-{digest}.pth'

    content = torch.load(published, weights_only=True)
    assert set(content) == {'meta', 'state_dict'}
    assert content['meta']['epoch'] == 2
    assert str(trained) not in str(content['meta'])
    assert published.stat().st_size < 0.6 * run.stat().st_size

    done = call(sys.executable, ROOT / 'tools/test.py', trained / 'tiny.py',
                published, '--work-dir', tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    scalars = next((trained / 'work').glob('*/vis_data/scalars.json'))
    last = json.loads(scalars.read_text().splitlines()[-1])
    assert metrics_of(tmp_path)['acc/top1'] == last['acc/top1']

    done = call(sys.executable, tool, run, tmp_path / 'net.bin')
    assert done.returncode != 0
    assert 'expected a name ending in .pth' in done.stderr


@pytest.fixture(scope='module')
def two_files(tmp_path_factory):
    """Zoo files for both nets of the tiny config."""
    folder = tmp_path_factory.mktemp('zoo')
    init_default_scope('mmaction')
    files = {}
    for net in ('snet', 'dnet'):
        backbone = MODELS.build(tiny.RESNET)
        with torch.no_grad():
            for value in backbone.state_dict().values():
                value.copy_(torch.rand(value.shape) + 0.5)
        weights = {f'backbone.{name}': value
                   for name, value in backbone.state_dict().items()}
        files[net] = folder / f'{net}.pth'
        torch.save(dict(meta=dict(), state_dict=weights), files[net])
    return files


def test_merge(trained, two_files, tmp_path):
    """Both nets hold their files, and training starts from the result."""
    tool = ROOT / 'tools/model_converters/merge_checkpoints.py'
    merged = tmp_path / 'merged.pth'
    arguments = (sys.executable, tool, trained / 'tiny.py', '--snet',
                 two_files['snet'], '--dnet', two_files['dnet'], '--out',
                 merged)
    done = call(*arguments)
    assert done.returncode == 0, done.stderr[-3000:]
    weights = torch.load(merged, weights_only=True)['state_dict']
    for net, file in two_files.items():
        for name, value in torch.load(file)['state_dict'].items():
            assert torch.equal(weights[f'{net}.{name}'], value), name

    done = call(sys.executable, ROOT / 'tools/train.py', trained / 'tiny.py',
                '--work-dir', tmp_path / 'work', '--cfg-options',
                f'load_from={merged}', 'train_cfg.max_epochs=1')
    assert done.returncode == 0, done.stderr[-3000:]
    log = next((tmp_path / 'work').glob('*/*.log')).read_text()
    assert f'Load checkpoint from {merged}' in log
    assert 'size mismatch' not in log
    assert 'missing keys' not in log and 'unexpected key' not in log

    again = call(*arguments)
    assert again.returncode != 0 and 'add --force' in again.stderr
    assert call(*arguments, '--force').returncode == 0
    alone = call(*arguments[:5], '--out', tmp_path / 'other.pth')
    assert alone.returncode != 0 and '--dnet: got none' in alone.stderr

    # ... and the nets of a merged file merge again
    done = call(sys.executable, tool, trained / 'tiny.py', '--snet', merged,
                '--snet-prefix', 'snet.backbone', '--dnet', merged,
                '--dnet-prefix', 'dnet.backbone', '--out', merged, '--force')
    assert done.returncode == 0, done.stderr[-3000:]
    again = torch.load(merged, weights_only=True)['state_dict']
    for name, value in weights.items():
        if '.backbone.' in name:
            assert torch.equal(again[name], value), name


def test_merge_keeps_what_the_config_says(trained, two_files, tmp_path):
    """A config that leaves a classifier new leaves it new."""
    cfg = Config.fromfile(trained / 'tiny.py')
    for file in two_files.values():
        content = torch.load(file)
        content['state_dict'].update({
            'cls_head.fc_cls.weight': torch.rand(tiny.NUM_CLASSES, 128),
            'cls_head.fc_cls.bias': torch.full((tiny.NUM_CLASSES, ), 7.)
        })
        torch.save(content, tmp_path / file.name)
    cfg.model.dnet.init_cfg = dict(
        type='Pretrained', checkpoint='elsewhere.pth', classifier=False)
    cfg.dump(tmp_path / 'config.py')
    done = call(sys.executable,
                ROOT / 'tools/model_converters/merge_checkpoints.py',
                tmp_path / 'config.py', '--snet', tmp_path / 'snet.pth',
                '--dnet', tmp_path / 'dnet.pth', '--out', tmp_path / 'm.pth')
    assert done.returncode == 0, done.stderr[-3000:]
    weights = torch.load(tmp_path / 'm.pth', weights_only=True)['state_dict']
    assert (weights['cls_head.fc_synopsis.bias'] == 7).all()
    assert (weights['cls_head.fc_detail.bias'] == 0).all()

    # What the command line says holds for a file of the config, too.
    cfg.model.dnet.init_cfg = dict(
        type='Pretrained', checkpoint=str(tmp_path / 'dnet.pth'))
    cfg.dump(tmp_path / 'named.py')
    arguments = (sys.executable,
                 ROOT / 'tools/model_converters/merge_checkpoints.py',
                 tmp_path / 'named.py', '--snet', tmp_path / 'snet.pth',
                 '--out', tmp_path / 'm.pth', '--force')
    done = call(*arguments, '--no-classifiers')
    assert done.returncode == 0, done.stderr[-3000:]
    weights = torch.load(tmp_path / 'm.pth', weights_only=True)['state_dict']
    assert (weights['cls_head.fc_synopsis.bias'] == 0).all()
    assert (weights['cls_head.fc_detail.bias'] == 0).all()
    done = call(*arguments, '--dnet-prefix', 'nonsense')
    assert done.returncode != 0 and 'got none of them' in done.stderr

    # as documented: from the merged file, without the config's own
    train = (sys.executable, ROOT / 'tools/train.py', tmp_path / 'config.py',
             '--work-dir', tmp_path / 'work', '--cfg-options',
             f'load_from={tmp_path / "m.pth"}', 'train_cfg.max_epochs=1')
    done = call(*train)
    assert done.returncode != 0 and 'elsewhere.pth' in done.stderr
    done = call(*train, 'model.dnet.init_cfg=None')
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize('content', [None, 'text', torch.zeros(2)])
def test_publish_of_something_else(tmp_path, content):
    file = tmp_path / 'in.pth'
    if isinstance(content, str):
        file.write_text(content)
    elif content is not None:
        torch.save(content, file)
    done = call(sys.executable, ROOT / 'tools/deployment/publish_model.py',
                file, tmp_path / 'out.pth')
    assert done.returncode != 0
    assert 'expected' in done.stderr.splitlines()[-1]


def test_merge_names_what_a_file_lacks(trained, two_files, tmp_path):
    content = torch.load(two_files['dnet'])
    del content['state_dict']['backbone.layer2.0.conv2.conv.weight']
    torch.save(content, tmp_path / 'truncated.pth')
    tool = ROOT / 'tools/model_converters/merge_checkpoints.py'
    arguments = (sys.executable, tool, trained / 'tiny.py', '--snet',
                 two_files['snet'], '--dnet', tmp_path / 'truncated.pth',
                 '--out', tmp_path / 'merged.pth')
    done = call(*arguments)
    assert done.returncode != 0
    assert 'the file lacks layer2.0.conv2.conv.weight' in done.stderr
    assert not (tmp_path / 'merged.pth').exists()
    done = call(*arguments, '--allow-missing', 'layer2.0')
    assert done.returncode == 0, done.stderr[-3000:]
