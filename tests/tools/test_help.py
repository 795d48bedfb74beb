"""Every tool prints its options."""

import sys

import pytest

from tests.support.command_line import call
from tests.support.glints import ROOT

TOOLS = [
    'tools/train.py', 'tools/test.py', 'tools/data/glints/write_glints.py',
    'tools/data/glints/report.py', 'tools/data/telltale/write_telltale.py',
    'tools/visualizations/vis_sampling.py',
    'tools/data/minikinetics/build_annotations.py',
    'tools/model_converters/merge_checkpoints.py',
    'tools/deployment/publish_model.py',
    'tools/analysis_tools/model_cost.py',
    'tools/benchmarks/bench_execution.py',
    'tools/experiments/run_study.py'
]


@pytest.mark.parametrize('tool', TOOLS)
def test_help(tool):
    done = call(sys.executable, ROOT / tool, '--help')
    assert done.returncode == 0, done.stderr
    assert '--gpus' not in done.stdout  # mim would take it for the 1.x line
