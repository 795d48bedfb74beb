"""The README and the pages of docs/: snippets, links and commands."""

import os
import re
import subprocess
import sys

import pytest
from mmaction.registry import DATASETS, HOOKS, METRICS, MODELS, TRANSFORMS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from tests.support import packages, videos
from tests.support.glints import QUICKSTART, ROOT

PAGES = [
    ROOT / 'README.md', *sorted((ROOT / 'docs').glob('*.md')),
    *sorted((ROOT / 'configs').rglob('README.md'))
]


def page_name(path):
    return str(path.relative_to(ROOT))


def fenced(path, language):
    return re.findall(rf'^```{language}\n(.*?)^```', path.read_text(),
                      flags=re.DOTALL | re.MULTILINE)


def python_snippets():
    return [
        pytest.param(snippet, id=f'{page_name(path)}-{i}') for path in PAGES
        for i, snippet in enumerate(fenced(path, 'python'))
    ]


@pytest.fixture(scope='module')
def checkout(tmp_path_factory):
    """A folder like the checkout, with the configs that the pages show.

    The first line of such a config is ``# <file name>: ...``.
    """
    folder = tmp_path_factory.mktemp('checkout')
    for name in ('configs', 'tools'):
        (folder / name).symlink_to(ROOT / name)
    for path in PAGES:
        for snippet in fenced(path, 'python'):
            name = re.match(r'# (\w+\.py):', snippet)
            if name:
                (folder / name[1]).write_text(snippet)
    return folder


def check_output(snippet):
    """The last comment is what the snippet prints last."""
    expected = re.search(r'print\(.*\) +# (.*)', snippet)[1]
    done = subprocess.run([sys.executable, '-W', 'ignore', '-c', snippet],
                          cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-1] == expected


def build_all(cfg):
    """Build what a config describes, apart from data sets."""
    init_default_scope(cfg.default_scope)
    MODELS.build(cfg.model)
    for name in ('train', 'val', 'test'):
        pipelines = (cfg[f'{name}_pipeline'],
                     cfg[f'{name}_dataloader'].dataset.pipeline)
        for transform in (step for steps in pipelines for step in steps):
            TRANSFORMS.build(transform)
    for hook in cfg.custom_hooks:
        HOOKS.build(hook)
    metrics = cfg.val_evaluator
    for metric in metrics if isinstance(metrics, list) else [metrics]:
        METRICS.build(metric)


@pytest.mark.parametrize('snippet', python_snippets())
def test_python_snippet(snippet, checkout, monkeypatch):
    """Run it, build it as a config, or merge it into one and build that."""
    packages.provide(monkeypatch)
    if 'print(' in snippet:
        check_output(snippet)
        return
    if '_base_ =' in snippet:
        (checkout / 'snippet.py').write_text(snippet)
        cfg = Config.fromfile(checkout / 'snippet.py')
    else:
        cfg = Config.fromfile(QUICKSTART)
        options = {}
        exec(snippet, {}, options)
        unknown = set(options) - set(cfg) - {'inner'}
        assert options and not unknown
        cfg.merge_from_dict(options)
    build_all(cfg)


def test_both_snippets_of_the_readme_run():
    snippets = fenced(PAGES[0], 'python')
    assert sum('print(' in snippet for snippet in snippets) == 2


def write_videos(folder):
    """9 training and 3 test videos in 7 classes, laid out as data.md says."""
    (folder / 'videos').mkdir(parents=True)
    lines = []
    for i in range(12):
        frames = videos.draw(14 + i, 48, 64 + 16 * (i % 2), seed=i)
        videos.write(folder / f'videos/{i}.mp4', frames)
        lines.append(f'{i}.mp4 {i % 7}\n')
    (folder / 'train.txt').write_text(''.join(lines[:9]))
    (folder / 'val.txt').write_text(''.join(lines[9:]))
    (folder / 'classes.txt').write_text(''.join(f'{n}\n' for n in 'abcdefg'))


def test_from_a_folder_of_videos_to_pictures(checkout):
    """The commands of docs/data.md on small nets, as the page has them."""
    write_videos(checkout / 'data/my_videos')
    commands, = (block for block in fenced(ROOT / 'docs/data.md', 'shell')
                 if 'train.py my_videos_small.py' in block)
    done = subprocess.run(
        ['bash', '-ec', commands],
        cwd=checkout,
        env={
            **os.environ, 'PYTHONPATH': str(ROOT),
            'PYTHONWARNINGS': 'ignore',
            'OMP_NUM_THREADS': '1',
            'PATH': f'{os.path.dirname(sys.executable)}:{os.environ["PATH"]}'
        },
        capture_output=True,
        text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert 'Epoch 1: stage 1, detail sampler frozen.' in done.stdout
    assert 'Epoch 2: stage 2, detail sampler live.' in done.stdout
    assert 'Epoch(test) [1/1]' in done.stdout
    work_dir = checkout / 'work_dirs/my_videos_small'
    assert len(list((work_dir / 'vis_sampling').glob('*.png'))) == 3

    cfg = Config.fromfile(checkout / 'my_videos_wide.py')
    cfg.val_dataloader.dataset.data_root = str(checkout / 'data/my_videos')
    init_default_scope(cfg.default_scope)
    data = DATASETS.build(cfg.val_dataloader.dataset)
    for i, length in enumerate((12, 12, 13)):  # of 23, 24, 25 frames
        assert data[i]['inputs'].shape == (1, 3, length, 224, 398)


def anchors(path):
    """Those that GitHub gives to the headings of a page."""
    text = re.sub(r'^```.*?^```', '', path.read_text(),
                  flags=re.DOTALL | re.MULTILINE)
    return [
        re.sub(r'[^\w\- ]', '', heading.lower()).replace(' ', '-')
        for heading in re.findall(r'^#+ (.*)$', text, re.MULTILINE)
    ]


@pytest.mark.parametrize('page', PAGES, ids=page_name)
def test_links_and_commands_lead_to_files(page):
    text = page.read_text()
    for link in re.findall(r'\]\(((?!http)[^)]+)\)', text):
        path, _, section = link.partition('#')
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not section or section in anchors(target), link
    for path in re.findall(r'(?:bash|python) (tools/[\w/.]+)', text):
        assert (ROOT / path).is_file(), path
    for path in re.findall(r'`((?:configs|tests|tools)/[\w/.*-]+)`', text):
        assert list(ROOT.glob(path)), path
    for path in re.findall(r'`(functional/[\w/.*-]+)`', text):
        assert (ROOT / 's2dnet_mmaction' / path).exists(), path
