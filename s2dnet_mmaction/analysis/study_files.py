"""The files of a study's runs: what they hold and what they tell."""

import json
import math
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

from mmengine.config import Config

from .._checks import require
from .study import ACCURACY, Study
from .study_parts import Node

RESULT, FAILED, CONFIG, LOG = ('result.json', 'failed.json', 'config.py',
                               'log.txt')
_ERROR = re.compile(r'^[\w.]*(Error|Exception|Exit|Interrupt)\b')


def read_state(study: Study, node: Node) -> Dict[str, Any]:
    """What is known of a node.

    Returns:
        'status' is 'done', 'failed', 'changed' (trained with another
        config or other inputs than today's) or 'open'; 'expected' whether
        it ended as it should; the rest is what its file holds. Who logged
        numbers that are not finite has failed.
    """
    for name, status in ((RESULT, 'done'), (FAILED, 'failed')):
        file = study.folder(node) / name
        if file.is_file():
            record = json.loads(file.read_text(encoding='utf-8'))
            if status == 'done' and record['nonfinite']:
                status = 'failed'
                record.update(
                    code=0, error=f'{record["nonfinite"]} of the logged '
                    'numbers are not finite')
            if record['digest'] != study.digest(node) or _differ(
                    record.get('inputs', {}), study.input_digests()):
                status = 'changed'
            record['status'] = status
            return dict(record, expected=_is_expected(study, node, record))
    return dict(status='open', expected=False)


def _differ(then: Dict[str, str], now: Dict[str, str]) -> bool:
    return any(then.get(name) != digest for name, digest in now.items())


def _is_expected(study: Study, node: Node, record: Dict[str, Any]) -> bool:
    if record['status'] == 'done':
        return study.must_fail(node.run) is None
    # Being killed is no expected end, whatever the log says.
    return (record['status'] == 'failed' and record['code'] > 0
            and error_name(record['error']) in study.may_fail(node.run))


def write_config(cfg: Config, file: Path) -> None:
    """Write a config that reads back as it is.

    Raises:
        ValueError: if a value has no such text, e.g. inf.
    """
    cfg.dump(file)
    try:
        same = Config.fromfile(
            str(file), import_custom_modules=False).to_dict() == cfg.to_dict()
    except Exception:  # whatever its text does when it is read as Python
        same = False
    require(same, str(file), 'another config than was written',
            'values that have a text in Python',
            'Leave inf, nan and objects out of the options.')


def read_scalars(folder: Path) -> Dict[str, Any]:
    """What a training logged.

    Returns:
        'scalars': numbers of the last validation by name; empty without
        one. 'nonfinite': how many of all logged numbers are NaN or Inf.
    """
    files = sorted(folder.glob('*/vis_data/scalars.json'))
    lines = [] if not files else [
        json.loads(line)
        for line in files[-1].read_text(encoding='utf-8').splitlines() if line
    ]
    # mmengine counts iterations in the lines of training alone.
    validations = [line for line in lines if 'iter' not in line]
    chosen = ([line for line in validations if ACCURACY in line] or
              [line for line in validations
               if any('/' in name for name in line)] or [{}])[-1]
    nonfinite = sum(
        isinstance(value, float) and not math.isfinite(value)
        for line in lines for value in line.values())
    return dict(scalars=chosen, nonfinite=nonfinite)


def last_checkpoint(folder: Path) -> Optional[str]:
    """Path within the folder, which may then be moved."""
    file = folder / 'last_checkpoint'
    if not file.is_file():
        return None
    path = Path(file.read_text().strip())
    return os.path.relpath(path, folder) if path.is_absolute() else path.name


def read_device(log: Path) -> Optional[str]:
    """The device of a training, from what mmengine prints when it starts.

    Returns:
        name of the first GPU that it saw; 'cpu' if none; None if the log
        does not say.
    """
    text = log.read_text(encoding='utf-8', errors='replace')
    if re.search(r'^ *CUDA available: False$', text, re.MULTILINE):
        return 'cpu'
    match = re.search(r'^ *GPU 0(?:,\d+)*: (.+)$', text, re.MULTILINE)
    return match and match[1].strip()


def old_of(folder: Path) -> Path:
    """Where a finished run waits until its successor is done."""
    return folder.with_name(f'{folder.name}.old')


def empty(folder: Path) -> None:
    """A fresh folder: what an earlier try left could pass for its own. A
    finished run is kept, see :func:`old_of`."""
    if folder.is_dir() and any(folder.iterdir()):
        require((folder / CONFIG).is_file(), 'folder', folder,
                f'an empty one or one with {CONFIG}',
                'It is not from a study: take another --work-dir.')
        if (folder / RESULT).is_file():
            shutil.rmtree(old_of(folder), ignore_errors=True)
            folder.rename(old_of(folder))
        else:
            shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)


def write_record(file: Path, record: Dict[str, Any]) -> None:
    """All or nothing, whenever the machine stops."""
    part = file.with_suffix('.part')
    part.write_text(json.dumps(record, indent=1) + '\n', encoding='utf-8')
    os.replace(part, file)


def tail(log: Path, root: Path, count: int = 20) -> List[str]:
    """Last lines of a log, without paths of this machine."""
    text = log.read_text(encoding='utf-8', errors='replace')
    for path, name in ((f'{root}/', ''), (sys.prefix, '<prefix>'),
                       (str(Path.home()), '~')):
        if path != '/':
            text = text.replace(path, name)
    return [line.rstrip() for line in text.splitlines()
            if line.strip()][-count:]


def error_name(line: str) -> str:
    """'FloatingPointError' of 'package.FloatingPointError: words'."""
    return line.split(':')[0].split('.')[-1]


def error_line(lines: Sequence[str]) -> str:
    """The last line that reads as an error, else the last one."""
    errors = [line for line in lines if _ERROR.match(line)]
    return (errors or list(lines) or ['no output'])[-1]
