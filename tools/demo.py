"""Try a trained S2DNet in a browser: choose a clip, see the scores, what was
looked at, and the cost. The page is served to this machine alone."""

import argparse

from s2dnet_mmaction.apis import S2DNetInferencer
from s2dnet_mmaction.apis.demo import build_demo, launch
from s2dnet_mmaction.visualization.draw import video_files


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='config file path')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument(
        '--classes', help='text file with one class name per line; default: '
        'those that the checkpoint holds')
    parser.add_argument(
        '--examples', nargs='+', default=(), help='video files, or folders '
        'of videos, to try')
    parser.add_argument('--device', default='cpu', help='e.g. cuda:0')
    parser.add_argument('--port', type=int, default=7860)
    return parser.parse_args()


def main():
    args = parse_args()
    infer = S2DNetInferencer(args.config, args.checkpoint, args.device,
                             args.classes, show_progress=False)
    launch(build_demo(infer, video_files(args.examples)), args.port)


if __name__ == '__main__':
    main()
