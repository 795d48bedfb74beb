"""Score all clips of a data set with a trained recognizer, into Parquet.

The rows have, for each candidate of a video, the class scores, a feature and
the first frame. Samplers are trained with them (LoadClipScores), and curves
are drawn from them. What predict.py offers holds here, too: it goes on after
an interruption, and --launcher pytorch shares the work
(PREDICT=score_clips bash tools/dist_predict.sh)."""

import predict
from mmengine.config import Config

from s2dnet_mmaction._checks import require


def all_clips(cfg: Config) -> None:
    """Change the config of a SampledRecognizer: all clips, no sampler."""
    require(cfg.model.type == 'SampledRecognizer', 'model.type',
            cfg.model.type, 'SampledRecognizer', 'Give the config of a '
            'sampler, or of dense prediction.')
    cfg.model.sampler, cfg.model.fallback = None, None
    cfg.model.select = dict(type='EveryNth', n=1)
    cfg.model.recognizer.pop('init_cfg', None)  # the checkpoint fills it
    for step in cfg.test_dataloader.dataset.pipeline:
        if step.type == 'SkimFirst':
            step.views, step.stride = {}, 1


if __name__ == '__main__':
    predict.main(description=__doc__, change=all_clips, fields=['clips'])
