"""The report about rules, from scored clips."""

import json

import pandas as pd
import pytest

from s2dnet_mmaction.apis.bulk.results import PartWriter, ResultFolder
from tests.support.command_line import run_tool

TOOL = 'analysis_tools/report_selection.py'
CLIPS = dict(input='text', label='int', clip_scores='list<list<float>>',
             clip_starts='list<int>')
STARTS = [0, 4, 8, 12]


def write(folder, columns, *rows):
    with PartWriter(ResultFolder(str(folder), columns)) as writer:
        writer.add([dict(zip(columns, row)) for row in rows])
    return str(folder)


@pytest.fixture
def arguments(tmp_path):
    """One video; its event is clip 1, which sight does not find."""
    clips = write(tmp_path / 'clips', CLIPS,
                  ('a', 0, [[.4, .6], [.9, .1], [.3, .7], [.4, .6]], STARTS))
    samplers = [f'{name}=' + write(
        tmp_path / name, dict(input='text', saliency_visual='list<float>',
                              candidate_starts='list<int>'),
        ('a', scores, STARTS)) for name, scores in (
            ('rgb', [.9, .1, .8, .2]), ('sound', [.1, .9, .2, .3]))]
    (tmp_path / 'costs.json').write_text(json.dumps(dict(
        gmacs=dict(clip=1, rgb=.1, sound=.2))))
    return [clips, '--saliency', *samplers, '--union', 'rgb+sound',
            '--k', 1, 2, '--out', tmp_path / 'out/report']


def test_report(arguments, tmp_path, capsys):
    run_tool(TOOL, *arguments, '--visual-share', .5, '--stride', 2,
             '--costs', tmp_path / 'costs.json')
    curve = pd.read_csv(tmp_path / 'out/report.csv').set_index(['rule', 'k'])
    assert curve['accuracy']['sound', 1] == 1
    assert curve['accuracy']['rgb', 1] == curve['accuracy']['dense', 1] == 0
    assert curve['accuracy']['sound/2', 1] == 0
    assert curve['accuracy']['rgb+sound', 2] == 1
    assert curve['gmacs']['sound', 1] == pytest.approx(1.8)
    assert curve['gmacs']['sound/2', 1] == pytest.approx(1.4)
    assert curve['gmacs']['rgb+sound', 2] == pytest.approx(3.2)
    assert curve['gmacs']['dense', 1] == 4
    text = (tmp_path / 'out/report.md').read_text()
    assert '1 videos' in text and '| sound' in text
    assert (tmp_path / 'out/report.png').stat().st_size > 1000
    assert 'oracle' in capsys.readouterr().out


def test_seeds_and_fusions(arguments, tmp_path):
    """Of one training sight finds the event, of the other it does not."""
    clips, _, rgb, sound, *_ = arguments
    name, _, found = sound.partition('=')
    missed = rgb.partition('=')[2]
    scores = dict(input='text', saliency_fs='list<float>',
                  saliency_vg='list<float>', candidate_starts='list<int>')
    nsnet = write(tmp_path / 'nsnet', scores,
                  ('a', [.9, .5, .1, .2], [.1, .8, .3, .2], STARTS))
    guiding = write(
        tmp_path / 'guiding', dict(input='text', prototype='list<float>',
                                   clip_starts='list<int>'),
        ('a', [.1, .2, .3, .4, .5], [*STARTS, 16]))
    run_tool(TOOL, clips, '--saliency', f'rgb={found},{missed}',
             f'fs={nsnet}:fs', f'vg={nsnet}:vg', '--fusion', 'union=fs+vg',
             'multiply=fs+vg', '--guiding', guiding, '--k', 1, 2, '--out',
             tmp_path / 'two')
    curve = pd.read_csv(tmp_path / 'two.csv').set_index(['rule', 'k'])
    assert curve['accuracy']['rgb', 1] == .5
    assert curve['spread']['rgb', 1] == pytest.approx(.5 ** .5)
    assert curve['spread']['uniform', 1] == 0
    assert curve['accuracy']['multiply fs+vg', 1] == 1  # .09 .4 .03 .04
    assert curve['accuracy']['union fs+vg', 1] == 0  # ceil(.6): clip 0
    assert curve['accuracy']['vg', 1] == 1
    assert curve['accuracy']['guiding saliency', 1] == 0  # clip 3
    text = (tmp_path / 'two.md').read_text()
    assert '2 trainings' in text and '50.0 ± 70.7' in text
    assert not any('±' in line for line in text.splitlines()
                   if '| uniform' in line or '| vg' in line)


def test_the_cost_of_a_fusion(arguments, tmp_path):
    """Of two samplers both; of two scores of one it is one."""
    clips, _, rgb, sound, *_ = arguments
    folder = rgb.partition('=')[2]
    run_tool(TOOL, clips, '--saliency', rgb, sound, f'same={folder}:visual',
             '--fusion', 'max=rgb+sound', 'max=rgb+same', '--k', 1, '--costs',
             write_costs(tmp_path), '--out', tmp_path / 'out')
    gmacs = pd.read_csv(tmp_path / 'out.csv').set_index('rule')['gmacs']
    assert gmacs['max rgb+sound'] == pytest.approx(4 * .3 + 1)
    assert gmacs['max rgb+same'] == pytest.approx(4 * .1 + 1)


def write_costs(folder):
    path = folder / 'three.json'
    path.write_text(json.dumps(dict(
        gmacs=dict(clip=1, rgb=.1, sound=.2, same=.1))))
    return path


@pytest.mark.parametrize('change, message', [
    (['--saliency', 'rgb'], "option: got 'rgb', expected two parts"),
    (['--costs', 'costs.json'], "gmacs of .*'sound'"),
    (['--fusion', 'xor=rgb+sound'], "fusion: got 'xor'"),
    (['--fusion', 'max=rgb+other'], "union or fusion: got 'other'"),
    (['--union', 'rgb+other'], "union or fusion: got 'other'"),
])
def test_errors(arguments, tmp_path, change, message):
    (tmp_path / 'costs.json').write_text(json.dumps(dict(
        gmacs=dict(clip=1, rgb=.1))))
    change = [str(tmp_path / each) if each.endswith('.json') else each
              for each in change]
    with pytest.raises(ValueError, match=message):
        run_tool(TOOL, *arguments, *change)
