"""The accuracy report of the quickstart."""

import json

import pytest

from tests.support.command_line import call_tool, run_tool

TOOL = 'data/glints/report.py'


def write_metrics(folder, top1):
    run = folder / '20260101_000000'
    run.mkdir(exist_ok=True)
    metrics = {'acc/top1': top1, 'acc/synopsis_top1': 0.25}
    (run / '20260101_000000.json').write_text(json.dumps(metrics))


def test_report(tmp_path):
    write_metrics(tmp_path, 0.75)
    text = call_tool(TOOL, tmp_path)
    assert '0.750' in text and '0.333' in text


def test_no_better_than_blind_fails(tmp_path):
    write_metrics(tmp_path, 0.3)
    with pytest.raises(SystemExit) as ended:
        run_tool(TOOL, tmp_path)
    assert ended.value.code not in (0, None)


def test_folder_without_results(tmp_path):
    with pytest.raises(FileNotFoundError, match='Run the test first'):
        run_tool(TOOL, tmp_path)
