"""Train an action recognizer with MMAction2's tools/train.py.

One thing differs: --seed, --diff-rank-seed and --deterministic also apply
to a config that sets ``randomness``."""

from functools import partial

from mmaction_tool import load_tool


def merge_args(merge, cfg, args):
    """``merge(cfg, args)`` once ``cfg.randomness`` has these options."""
    cfg.randomness = cfg.get('randomness') or dict(seed=None)
    for name in ('seed', 'diff_rank_seed', 'deterministic'):
        value = getattr(args, name)
        if value is not None and value is not False:  # 0 is a seed
            cfg.randomness[name] = value
    return merge(cfg, args)


if __name__ == '__main__':
    tool = load_tool('train.py')
    tool.merge_args = partial(merge_args, tool.merge_args)
    tool.main()
