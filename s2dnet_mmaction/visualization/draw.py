"""From a config and a checkpoint to pictures on disk."""

from pathlib import Path
from typing import Iterable, List, Optional, Sequence, Tuple

import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from rich.progress import track

from .._checks import require, require_int
from ..models import S2DNet
from .sampling_figure import sampling_figure


def draw_dataset(cfg: Config,
                 checkpoint: str,
                 num_samples: int,
                 out_dir: str,
                 classes: Optional[Sequence[str]] = None,
                 device: str = 'cpu') -> List[Path]:
    """Draw videos of the config's test data set, evenly spread over it.

    Args:
        cfg: config with ``model`` and ``test_dataloader``.
        checkpoint: file with the weights.
        num_samples: how many videos; at most all are drawn.
        out_dir: folder of the PNGs, made if needed.
        classes: class names; numbers without.
        device: where the network runs.

    Returns:
        the files.
    """
    require_int('num_samples', num_samples)
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    count = min(num_samples, len(dataset))
    indices = [i * len(dataset) // count for i in range(count)]
    model = _load_model(cfg, checkpoint, device)

    def samples():
        for index in indices:
            info = dataset.get_data_info(index)
            source = info.get('filename') or info.get('frame_dir') or index
            yield f'{index:05d}_{Path(str(source)).stem}', dataset[index]

    return _draw(model, samples(), count, out_dir, classes)


def draw_videos(cfg: Config,
                checkpoint: str,
                videos: Sequence[str],
                out_dir: str,
                classes: Optional[Sequence[str]] = None,
                device: str = 'cpu') -> List[Path]:
    """Draw video files with the config's test pipeline.

    Args: see :func:`draw_dataset`; ``videos`` are paths of files.

    Returns:
        the files drawn.

    Raises:
        FileNotFoundError: if a video does not exist.
    """
    for video in videos:
        if not Path(video).is_file():
            raise FileNotFoundError(
                f'videos: got {video}, expected an existing file. Check the '
                'path.')
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    pipeline = Compose(cfg.test_dataloader.dataset.pipeline)
    model = _load_model(cfg, checkpoint, device)

    def samples():
        for i, video in enumerate(videos):
            info = dict(
                filename=str(video), label=-1, start_index=0, modality='RGB')
            yield f'{i:05d}_{Path(video).stem}', pipeline(info)

    return _draw(model, samples(), len(videos), out_dir, classes)


def _load_model(cfg: Config, checkpoint: str, device: str):
    model = MODELS.build(cfg.model)
    require(
        isinstance(model, S2DNet), 'model.type',
        type(model).__name__, 'S2DNet', 'Draw the sampling of an S2DNet.')
    # 'strict': weights of another network would draw nonsense.
    load_checkpoint(model, checkpoint, map_location='cpu', strict=True)
    model.test_cfg['return_grid'] = True
    model.to(device).eval()
    return model


def _draw(model, samples: Iterable[Tuple[str, dict]], count: int,
          out_dir: str, classes: Optional[Sequence[str]]) -> List[Path]:
    folder = Path(out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, sample in track(
            samples, total=count, description=f'Drawing {folder}'):
        views = sample['inputs']  # (V, C, T, H, W)
        source = sample['data_samples'].metainfo.get('frame_source')
        if source is not None:  # these are the synopsis frames alone
            views = source.read(range(source.num_frames))
        with torch.no_grad():
            prediction = model.test_step(pseudo_collate([sample]))[0]
        for view in range(len(views)):
            grid = {
                key: value[view]
                for key, value in prediction.sampling_grid.items()
            }
            figure = sampling_figure(
                views[view].transpose(0, 1),
                grid,
                model.neck.size,
                model.snet.num_frames,
                temporal=model.neck.temporal,
                spatial=model.neck.spatial,
                var=model.neck.var,
                title=_title(prediction, classes))
            suffix = f'_view{view}' if len(views) > 1 else ''
            paths.append(folder / f'{name}{suffix}.png')
            figure.savefig(paths[-1], dpi=110)
    return paths


def _title(prediction, classes: Optional[Sequence[str]]) -> str:
    """Truth, answer, and the k likely actions with both nets' scores."""

    def name(label: int) -> str:
        return classes[label] if classes else f'class {label}'

    lines = []
    truth = prediction.gt_label
    if truth.numel() == 1 and int(truth) >= 0:
        lines.append(f'truth: {name(int(truth))}')
    answer = int(prediction.pred_label)
    lines.append(f'answer: {name(answer)} '
                 f'({float(prediction.pred_score[answer]):.2f})')
    likely = prediction.topk_label.tolist()[:5]
    lines.append('synopsis: ' + '; '.join(
        f'{name(label)} ({float(prediction.synopsis_score[label]):.2f})'
        for label in likely))
    return '   '.join(lines[:-1]) + '\n' + lines[-1]
