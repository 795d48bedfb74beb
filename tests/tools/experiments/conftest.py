import os

import pytest
import study_plan

from tests.support.fake_study import FakeStudy, leave_code_out
from tests.support.glints import ROOT


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.setattr(study_plan, 'code_digest', leave_code_out)
    # for the server that starts processes
    monkeypatch.setenv('PYTHONPATH', os.pathsep.join(
        [str(ROOT), str(ROOT / 'tools/experiments')]))
    return FakeStudy(tmp_path)
