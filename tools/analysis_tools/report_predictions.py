"""Write a page (HTML) about the predictions for a test data set: recall,
calibration, confusions, classes, and the videos that the detail net of an
S2DNet rescued or spoiled."""

import argparse
import os
from pathlib import Path
from urllib.parse import quote

from mmaction.registry import DATASETS
from mmengine.config import Config, DictAction
from mmengine.fileio import list_from_file
from mmengine.registry import init_default_scope
from mmengine.runner import CheckpointLoader

from s2dnet_mmaction._checks import require
from s2dnet_mmaction.evaluation.predictions import (
    read_predictions,
    rescued_and_spoiled,
)
from s2dnet_mmaction.visualization.draw import (
    draw,
    stored_classes,
    video_path,
)
from s2dnet_mmaction.visualization.prediction_report import (
    write_prediction_report,
)
from s2dnet_mmaction.visualization.seen import class_names


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config file path')
    parser.add_argument(
        'predictions', help='what python tools/test.py CONFIG CHECKPOINT '
        '--dump PREDICTIONS.pkl wrote')
    parser.add_argument(
        '--out-dir', help='folder of report.html; default: report beside the '
        'predictions')
    parser.add_argument(
        '--classes', help='text file with one class name per line; default: '
        'those that the data set or the checkpoint holds')
    parser.add_argument(
        '--checkpoint', help='file with the weights, to draw the videos that '
        'were rescued or spoiled; the report links to their pages')
    parser.add_argument(
        '--num-pages', type=int, default=10,
        help='of the rescued and of the spoiled videos')
    parser.add_argument('--device', default='cpu', help='e.g. cuda:0')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, default={},
        help='override settings of the config: xxx=yyy pairs')
    return parser.parse_args()


def _names(paths):
    """Paths without the folders that all of them have in common."""
    paths = [os.path.abspath(path) for path in paths]
    common = os.path.commonpath([os.path.dirname(path) for path in paths])
    return [os.path.relpath(path, common) for path in paths]


def _classes(file, dataset, checkpoint):
    """Names from the file, else of the data set, else of the checkpoint."""
    if file:
        return list_from_file(file)
    classes = dataset.metainfo.get('classes')
    if classes is None and checkpoint:
        classes = stored_classes(
            CheckpointLoader.load_checkpoint(checkpoint, map_location='cpu'))
    return classes


def main():
    args = parse_args()
    cfg = Config.fromfile(args.config)
    cfg.merge_from_dict(args.cfg_options)
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    predictions = read_predictions(args.predictions)
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    require(len(dataset) == len(predictions.labels), 'predictions',
            f'{len(predictions.labels)} videos in {args.predictions}',
            f'{len(dataset)}, as in the test data set of the config',
            'Pass the config, and --cfg-options, that wrote them.')
    classes = _classes(args.classes, dataset, args.checkpoint)
    names = class_names(classes, predictions.answer.shape[1])
    videos = _names([str(video_path(dataset, i)) for i in range(len(dataset))])
    folder = Path(args.out_dir or Path(args.predictions).parent / 'report')
    folder.mkdir(parents=True, exist_ok=True)
    pages = {}
    if args.checkpoint:
        numbers = [int(number) for kind in rescued_and_spoiled(predictions)
                   for number in kind[:args.num_pages]]
        paths = draw(cfg, args.checkpoint, str(folder / 'videos'),
                     classes=classes, device=args.device, formats=['html'],
                     indices=numbers)
        for path in reversed(paths):  # of several views the first
            number = int(path.name.partition('_')[0])
            pages[number] = quote(f'videos/{path.name}')
    write_prediction_report(
        folder / 'report.html', predictions, names,
        videos, f'{Path(args.config).stem}: {args.predictions}', pages)
    print(f'{folder / "report.html"}')


if __name__ == '__main__':
    main()
