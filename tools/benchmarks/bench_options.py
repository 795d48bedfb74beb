"""Options, conditions and JSON file that the benchmarks have in common."""

import argparse
from pathlib import Path

import torch

from s2dnet_mmaction.analysis.environment import hardware_name, save_json

DEVICE = 'cuda:0' if torch.cuda.is_available() else 'cpu'


def bench_parser(description, batch_size=None, device=False, rounds=11,
                 warmup=2, seed=False):
    """A parser of the common options.

    Args:
        description: text of ``--help``.
        batch_size: default of ``--batch-size``; None: no such option.
        device: whether there is ``--device``; else it is the CPU.
        rounds: default of ``--rounds``.
        warmup: default of ``--warmup``.
        seed: whether there is ``--seed``.
    """
    parser = argparse.ArgumentParser(description=description)
    if batch_size is not None:
        parser.add_argument(
            '--batch-size', type=int, default=batch_size, help='videos')
    if device:
        parser.add_argument(
            '--device', default=DEVICE,
            help='cpu, or cuda:0 (default where there is one), ...')
    else:
        parser.set_defaults(device='cpu')
    parser.add_argument(
        '--warmup', type=int, default=warmup, help='rounds before the timed')
    parser.add_argument(
        '--rounds', type=int, default=rounds,
        help='each times every variant once')
    if seed:
        parser.add_argument(
            '--seed', type=int, default=0, help='of all random numbers')
    parser.add_argument('--json', help='file for all numbers')
    return parser


def conditions(args, *more):
    """A sentence on what the numbers depend on."""
    facts = [
        hardware_name(args.device), f'{torch.get_num_threads()} CPU threads',
        f'torch {torch.__version__}', f'batch of {args.batch_size}', *more,
        f'median and quartiles of {args.rounds} rounds in turns'
    ]
    return f'{", ".join(facts)}.'


def write_json(args, **record):
    """Write what was measured, if ``--json`` names a file."""
    if args.json is not None:
        save_json(args.json, args.device, vars(args), **record)


def write_report(args, text, results):
    """Print the text, and write it and the results where the options say.

    Args:
        args: with ``out``, None or the name of the file without ``.md``.
        results: the comparisons.
    """
    print(text)
    if args.out is not None:
        Path(f'{args.out}.md').write_text(f'{text}\n')
    write_json(args, results=[result.as_dict() for result in results])
