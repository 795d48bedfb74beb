"""NSNet's steps of docs/nsnet.md before the training, on a tiny Haystack."""

from mmengine.runner import Runner

from s2dnet_mmaction.apis.bulk.all_clips import all_clips
from s2dnet_mmaction.apis.bulk.predict import predict_videos
from s2dnet_mmaction.datasets.preparation.haystack import plan
from tests.support import haystack
from tests.support.command_line import run_tool

FOLDER = 'configs/recognition/nsnet/'
NSNET = f'{FOLDER}nsnet_r18-r3d18_1xb16-1x4x96-40e_haystack-rgb.py'
ORACLE = NSNET.replace('nsnet_r18', 'nsnet-oracle_r18')
T = 12


def prepare(root):
    """Train both nets for an epoch; score frames; write what follows."""
    data = root / 'data'
    for name, path in (
            ('recognizer', haystack.RECOGNIZER),
            ('extractor', f'{FOLDER}extractors/'
             'r18_1xb32-1x1x1-8e_haystack-trimmed-rgb.py')):
        Runner.from_cfg(haystack.config(path, data, root / name)).train()
        config = dict(recognizer='nsnet-dense_r3d18',
                      extractor='nsnet-extractor_r18')[name]
        for part in ('train', 'val'):
            cfg = haystack.config(
                f'{FOLDER}{config}_1x4xall_haystack-rgb.py', data,
                root / 'dense', root / f'{name}/epoch_1.pth')
            all_clips(cfg)
            predict_videos(cfg, str(root / f'{name}/epoch_1.pth'),
                           str(data / f'{part}.txt'),
                           str(root / f'{name}_{part}'), fields=['clips'])
    run_tool('build_prototypes.py', root / 'recognizer_train',
             root / 'guiding/train', '--missing', 'response')
    run_tool('build_prototypes.py', root / 'recognizer_val',
             root / 'guiding/val', '--missing', 'response', '--prototypes',
             root / 'guiding/train/prototypes.npz')
    run_tool('cache_features.py', root / 'extractor_train', '--out',
             root / 'features')


def config(path, root, **changes):
    """A small config of what :func:`prepare` wrote."""
    cfg = haystack.config(
        path, root / 'data', root / 'work', root / 'recognizer/epoch_1.pth',
        **{'model.sampler.frames_of_video': T,
           'model.sampler.init_cfg.checkpoint':
               str(root / 'extractor/epoch_1.pth'), **changes})
    for part in ('train', 'val', 'test'):
        for step in cfg[f'{part}_dataloader'].dataset.pipeline:
            if step.type == 'FeatureInit':
                step.folder = str(root / 'features')
            elif step.type == 'LoadClipScores':
                step.folder = str(root / 'guiding' / step.folder.split(
                    '/')[-1])
            elif step.type == 'SampleCandidates':
                step.num_candidates = T
            elif step.type == 'SkimFirst' and (
                    step.views.visual.type == 'FeatureView'):
                step.views.visual.folder = str(root / 'features')
    return cfg


def number_of_frames(index):
    """That are scored of a video, of every half second."""
    return -(-plan(haystack.TINY, index)[1].num_frames // 4)
