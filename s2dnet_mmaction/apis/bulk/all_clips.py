"""The config of a sampler, changed to score all clips."""

from mmengine.config import Config

from ..._checks import require


def all_clips(cfg: Config) -> None:
    """Change the config of a SampledRecognizer: all clips, no sampler.

    The recognizer's own checkpoint fills it then.

    Raises:
        ValueError: if the config is of another model.
    """
    require(cfg.model.type == 'SampledRecognizer', 'model.type',
            cfg.model.type, 'SampledRecognizer', 'Give the config of a '
            'sampler, or of dense prediction.')
    cfg.model.sampler, cfg.model.fallback = None, None
    cfg.model.select = dict(type='EveryNth', n=1)
    cfg.model.recognizer.pop('init_cfg', None)
    for step in cfg.test_dataloader.dataset.pipeline:
        if step.type == 'SkimFirst':
            step.views, step.stride = {}, 1
