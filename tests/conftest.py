"""Set-up that all tests share, and the time that each folder took."""

import os
import warnings
from collections import Counter

# Before torch is imported. Several test processes run side by side, whose
# threads would compete for the cores; what they start inherits this.
os.environ.setdefault('OMP_NUM_THREADS', '1')

with warnings.catch_warnings():
    warnings.simplefilter('ignore')
    # Applies the workarounds and registers the modules, as a config does.
    import s2dnet_mmaction  # noqa: F401

import mmengine.device.utils
import pytest

from tests.support import glints
from tests.support.once import once_per_run

# Runners stay on the CPU beside a GPU, too: tests compare their tensors with
# others on the CPU. The tests of the CUDA kernels name their device.
mmengine.device.utils.DEVICE = 'cpu'


@pytest.fixture(scope='session')
def glints_root(tmp_path_factory):
    """Folder of a small Glints data set of real video files; read only."""
    return once_per_run(tmp_path_factory, 'glints', glints.write)


def pytest_terminal_summary(terminalreporter):
    """Seconds by folder, set-up included, over all processes."""
    seconds = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                folder = '/'.join(report.nodeid.split('/')[:2])
                seconds[folder.split('::')[0]] += report.duration
    if seconds:
        terminalreporter.section('seconds by folder')
    for folder, total in seconds.most_common():
        terminalreporter.write_line(f'{total:7.1f} {folder}')
