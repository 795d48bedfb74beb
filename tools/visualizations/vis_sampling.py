"""Show what a trained network looks at: for each video a picture (PNG), the
video with its windows (MP4), and a page with both and a scrubber (HTML)."""

import argparse
from pathlib import Path

from mmengine.config import Config, DictAction
from mmengine.fileio import list_from_file

from s2dnet_mmaction.visualization.draw import FORMATS, draw


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config file path')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument(
        '--out-dir',
        help='folder of the files; default: vis_sampling in the work dir of '
        'the config')
    parser.add_argument(
        '--videos',
        nargs='+',
        default=(),
        help='video files, or folders of videos, to draw instead of the test '
        'data set')
    parser.add_argument(
        '--num-samples',
        type=int,
        default=12,
        help='videos to draw, evenly spread over the test data set')
    parser.add_argument(
        '--classes', help='text file with one class name per line; default: '
        'those that the checkpoint or the data set holds')
    parser.add_argument(
        '--formats', nargs='+', choices=FORMATS, default=FORMATS,
        help='what to write for each video')
    parser.add_argument('--device', default='cpu', help='e.g. cuda:0')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        help='override settings of the config: xxx=yyy pairs')
    return parser.parse_args()


def main():
    args = parse_args()
    cfg = Config.fromfile(args.config)
    cfg.merge_from_dict(args.cfg_options)
    work_dir = cfg.get('work_dir') or f'work_dirs/{Path(args.config).stem}'
    out_dir = args.out_dir or f'{work_dir}/vis_sampling'
    classes = list_from_file(args.classes) if args.classes else None
    paths = draw(cfg, args.checkpoint, out_dir, args.videos, args.num_samples,
                 classes, args.device, args.formats)
    print(f'{len(paths)} files in {out_dir}, the first is {paths[0]}')


if __name__ == '__main__':
    main()
