"""The accuracy report of the quickstart."""

import json
import sys

from tests.support.command_line import call
from tests.support.glints import ROOT


def test_report(trained, tmp_path):
    run = tmp_path / '20260101_000000'
    run.mkdir()
    metrics = {'acc/top1': 0.75, 'acc/synopsis_top1': 0.25}
    (run / '20260101_000000.json').write_text(json.dumps(metrics))
    report = ROOT / 'tools/data/glints/report.py'
    done = call(sys.executable, report, tmp_path)
    assert done.returncode == 0
    assert 'Test accuracy of S2DNet 0.750' in done.stdout
    assert 'blind to the detail can reach 0.333' in done.stdout
    metrics['acc/top1'] = 0.3
    (run / '20260101_000000.json').write_text(json.dumps(metrics))
    assert call(sys.executable, report, tmp_path).returncode == 1
    assert call(sys.executable, report, tmp_path / 'no').returncode == 1
