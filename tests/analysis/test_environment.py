"""The record of hardware and versions."""

import json
from pathlib import Path

import torch

from s2dnet_mmaction.analysis.environment import hardware_name, save_json


def test_record(tmp_path):
    save_json(tmp_path / 'a.json', 'cpu',
              dict(config=Path('/a/b.py'), rounds=2), numbers=[1.5])
    record = json.loads((tmp_path / 'a.json').read_text())
    assert record['numbers'] == [1.5]
    assert record['options'] == dict(config='b.py', rounds=2)
    assert record['hardware']['device'] == hardware_name('cpu') != ''
    assert record['versions']['torch'] == torch.__version__
