"""Sampler, rule and recognizer together."""

import copy

import pytest
import torch
from mmaction.models.recognizers import Recognizer3D
from mmaction.registry import MODELS, TRANSFORMS
from mmengine.registry import init_default_scope

from s2dnet_mmaction.functional import selection
from s2dnet_mmaction.models.recognizers.sampled import _pooled
from s2dnet_mmaction.models.samplers import Sampler
from tests.support import sampled


@pytest.fixture
def packed(tmp_path):
    """Two videos of 10 and 7 candidates."""
    init_default_scope('mmaction')
    files = [sampled.video(tmp_path / f'{n}.mp4', n, label=n % 4)
             for n in (40, 30)]

    def pack(**options):
        pipeline = sampled.pipeline(**options)
        return [pipeline(copy.deepcopy(file)) for file in files]

    return pack


@pytest.fixture
def seen(monkeypatch):
    """Numbers of the frames that the recognizer saw, by call and video."""
    calls = []
    extract_feat = Recognizer3D.extract_feat

    def record(self, inputs, *args, **kwargs):
        raw = inputs * 60 + 120
        calls.append([sampled.numbers(video) for video in raw])
        return extract_feat(self, inputs, *args, **kwargs)

    monkeypatch.setattr(Recognizer3D, 'extract_feat', record)
    return calls


@torch.no_grad()
def predict(model, packed):
    return model.test_step(sampled.batch(packed))


def test_it_looks_at_the_best_clips(packed, seen):
    model = sampled.build(test_cfg=dict(return_saliency=True))
    samples = predict(model, packed())
    assert [len(sample.saliency['visual']) for sample in samples] == [10, 7]
    [call] = seen
    for sample, clips in zip(samples, call):
        best = sample.saliency['visual'].topk(3).indices.sort().values
        assert sample.picks.equal(best)
        assert clips == [[4 * i + n for n in range(4)] for i in best.tolist()]
        assert 'candidate_source' not in sample
        assert sample.times.shape == (len(sample.saliency['visual']), 2)


def test_saliency_is_that_of_the_sampler(packed):
    model = sampled.build(test_cfg=dict(return_saliency=True))
    videos = packed()
    views = [video['inputs']['visual'] for video in videos]
    for sample, view in zip(predict(model, videos), views):
        torch.testing.assert_close(sample.saliency['visual'],
                                   model.samplers['visual'].score(view))


def test_the_answer_is_that_of_the_recognizer_on_the_picks(packed):
    model = sampled.build(test_cfg=dict(return_saliency=True))
    for sample, video in zip(predict(model, packed()), packed()):
        source = video['data_samples'].candidate_source
        clips = source.read(source.open(), sample.picks)
        expected = model.recognizer.test_step(dict(
            inputs=[clips], data_samples=[video['data_samples']]))[0]
        torch.testing.assert_close(sample.pred_score, expected.pred_score)


@pytest.mark.parametrize('chunk', [1, 4, 7])
def test_chunks_do_not_change_the_scores(packed, chunk):
    model = sampled.build(test_cfg=dict(return_saliency=True))
    whole = predict(model, packed())
    for one, other in zip(whole, predict(model, packed(chunk=chunk))):
        torch.testing.assert_close(one.saliency, other.saliency)
        assert one.picks.equal(other.picks)
        torch.testing.assert_close(one.pred_score, other.pred_score)


@pytest.mark.parametrize('chunk', [2, 4, 6])
def test_a_sampler_of_videos_rates_all_candidates_together(packed, chunk):
    model = sampled.build(
        sampler=sampled.NSNET, select=dict(type='Fusion', k=3),
        test_cfg=dict(return_saliency=True))
    candidates = dict(num_candidates=6, test_mode=True)
    videos = packed(candidates=candidates)
    views = [video['inputs']['visual'] for video in videos]
    for sample, view in zip(predict(model, packed(
            candidates=candidates, chunk=chunk)), views):
        with torch.no_grad():
            scores = model.samplers['visual'].score(view)
        assert set(sample.saliency) == {'fs', 'vg'}
        for name, values in scores.items():
            torch.testing.assert_close(sample.saliency[name], values)
        assert sample.picks.equal(selection.index_union(
            scores['fs'], scores['vg'], 3))


def test_other_numbers_of_candidates_are_refused(packed):
    model = sampled.build(sampler=sampled.NSNET,
                          select=dict(type='Fusion', k=3))
    with pytest.raises(ValueError, match='candidates: got 10, expected num_'):
        predict(model, packed())


def test_stride(packed):
    model = sampled.build(test_cfg=dict(return_saliency=True))
    for sample in predict(model, packed(stride=4)):
        saliency = sample.saliency['visual']
        assert saliency[::4].isfinite().all()
        assert saliency.isinf().sum() == len(saliency) - len(saliency[::4])
        # among those that have a score
        best = saliency[::4].topk(min(3, len(saliency[::4]))).indices
        assert sample.picks.tolist() == sorted((4 * best).tolist())


def test_more_picks_than_candidates(packed, seen):
    """Videos that differ in their picks are several batches."""
    predict(sampled.build(select=dict(type='TopK', k=8)), packed())
    assert [len(clips) for call in seen for clips in call] == [8, 7]


def test_a_rule_without_scores_runs_no_sampler(packed, seen):
    model = sampled.build(sampler=None, select=dict(type='EveryNth'))
    dense = predict(model, packed(views={}))
    assert [len(clips) for call in seen for clips in call] == [10, 7]
    with_sampler = sampled.build(select=dict(type='EveryNth'))
    with_sampler.recognizer.load_state_dict(model.recognizer.state_dict())
    with_sampler.samplers['visual'].forward = None
    for one, other in zip(dense, predict(with_sampler, packed())):
        assert one.pred_score.equal(other.pred_score)


def test_training_trains_the_sampler_alone(packed):
    model = sampled.build().train()
    before = copy.deepcopy(model.state_dict())
    optimizer = torch.optim.SGD(model.parameters(), lr=.1)
    data = model.data_preprocessor(sampled.batch(
        packed(candidates=dict(num_candidates=3))), training=True)
    losses = model(**data, mode='loss')
    assert set(losses) == {'loss_action', 'top1_acc'}
    losses['loss_action'].backward()
    optimizer.step()
    for name, value in model.state_dict().items():
        is_same = value.equal(before[name])
        # BN statistics of the recognizer stay as well.
        assert is_same is name.startswith('recognizer.'), name


def test_a_recognizer_that_is_not_frozen_is_trained_on_the_picks(packed,
                                                                 seen):
    model = sampled.build(frozen=False).train()
    data = model.data_preprocessor(sampled.batch(
        packed(candidates=dict(num_candidates=5))), training=True)
    losses = model(**data, mode='loss')
    assert {'loss_action', 'top1_acc', 'loss_recognizer_cls',
            'recognizer_top1_acc'} <= set(losses)
    norms = [module for module in model.samplers.modules()
             if isinstance(module, torch.nn.BatchNorm2d)]
    assert all(norm.num_batches_tracked == 1 for norm in norms)
    assert all(norm.training for norm in norms)
    losses['loss_recognizer_cls'].backward()
    assert all(p.grad is not None for p in model.recognizer.parameters())
    # as single clips
    assert [len(clips) for call in seen for clips in call] == [1] * 6


@pytest.mark.parametrize('objective, loss', [
    (dict(type='SalientObjective', k=1), 'loss_salient'),
    (dict(type='RankObjective'), 'loss_rank')])
def test_objectives_read_the_scores_of_the_recognizer(packed, objective,
                                                      loss):
    model = sampled.build(sampler={
        **sampled.MODEL['sampler'], 'objective': objective}).train()
    videos = packed(candidates=dict(num_candidates=3))
    data = model.data_preprocessor(sampled.batch(videos))
    with pytest.raises(ValueError, match='got no true_scores'):
        model(**data, mode='loss')
    for video in videos:
        video['data_samples'].set_field(torch.rand(3), 'true_scores')
    losses = model(**model.data_preprocessor(sampled.batch(videos)),
                   mode='loss')
    assert losses[loss] > 0


def test_several_samplers(packed):
    two = dict.fromkeys(('visual', 'audio'), sampled.MODEL['sampler'])
    views = dict(visual=sampled.VIEW, audio=sampled.VIEW)
    model = sampled.build(sampler=two, select=dict(
        type='AVUnionList', k_visual=1, k=3),
        test_cfg=dict(return_saliency=True))
    for sample in predict(model, packed(views=views)):
        visual, audio = (sample.saliency[name] for name in two)
        assert not visual.equal(audio)
        assert int(visual.argmax()) in sample.picks
        assert len(sample.picks) == 3
    data = model.data_preprocessor(sampled.batch(
        packed(candidates=dict(num_candidates=2), views=views)))
    assert set(model.train()(**data, mode='loss')) == {
        f'{name}_{key}' for name in two for key in ('loss_action',
                                                    'top1_acc')}


class Sometimes:
    """A view that only longer videos have."""

    def read(self, results, candidates):
        if results['total_frames'] < 35:
            return None
        return torch.zeros(len(candidates), 2, 3, 24, 48)


def test_a_video_without_a_view_falls_back(packed):
    TRANSFORMS.register_module(module=Sometimes, force=True)
    two = dict.fromkeys(('visual', 'audio'), sampled.MODEL['sampler'])
    views = dict(visual=sampled.VIEW, audio=dict(type='Sometimes'))
    options = dict(sampler=two, test_cfg=dict(return_saliency=True),
                   select=dict(type='AVUnionList', k_visual=1, k=3))
    model = sampled.build(fallback=dict(audio='visual'), **options)
    for chunk in (100, 4):
        long, short = predict(model, packed(views=views, chunk=chunk))
        assert long.fell_back == [] and short.fell_back == ['audio']
        assert short.saliency['audio'].equal(short.saliency['visual'])
        assert not long.saliency['audio'].equal(long.saliency['visual'])
        assert long.saliency['audio'].isfinite().all()
    with pytest.raises(ValueError, match="view 'audio': got none of 30.mp4"):
        predict(sampled.build(**options), packed(views=views))
    data = model.data_preprocessor(sampled.batch(
        packed(candidates=dict(num_candidates=2), views=views)))
    with pytest.raises(ValueError, match="Set missing='silence'"):
        model.train()(**data, mode='loss')


class Darkness(torch.nn.Module, Sampler):
    """A user's own sampler: two scores, no weights."""

    score_names = ('light', 'dark')

    def score(self, views):
        light = views.float().mean((1, 2, 3, 4))
        return dict(light=light, dark=-light)

    def loss(self, views, labels, teacher):
        return {}


def test_a_sampler_of_ones_own(packed):
    MODELS.register_module(module=Darkness, force=True)
    model = sampled.build(
        sampler=dict(type='Darkness'), test_cfg=dict(return_saliency=True),
        select=dict(type='TopK', k=2, score='dark'))
    for sample in predict(model, packed()):
        dark = sample.saliency['dark']
        assert sample.picks.equal(dark.topk(2).indices.sort().values)


def test_the_recognizer_starts_from_its_file(tmp_path, packed):
    first = sampled.build(seed=1)
    torch.save(dict(state_dict=first.recognizer.state_dict()),
               tmp_path / 'recognizer.pth')
    recognizer = dict(sampled.MODEL['recognizer'], init_cfg=dict(
        type='Pretrained', checkpoint=str(tmp_path / 'recognizer.pth')))
    second = sampled.build(recognizer=recognizer)
    for name, value in second.recognizer.state_dict().items():
        assert value.equal(first.recognizer.state_dict()[name])
    torch.save(dict(state_dict=first.recognizer.backbone.state_dict()),
               tmp_path / 'recognizer.pth')
    with pytest.raises(ValueError, match='weights of the recognizer in'):
        sampled.build(recognizer=recognizer)


def test_samplers_start_from_their_files(tmp_path):
    net = sampled.build(seed=1).samplers['visual']
    torch.save({**{f'backbone.{name}': value for name, value in
                   net.backbone.state_dict().items()},
                'cls_head.fc_cls.weight': net.fc.weight,
                'cls_head.fc_cls.bias': net.fc.bias}, tmp_path / 'net.pth')
    config = dict(sampled.MODEL['sampler'], init_cfg=dict(
        type='Pretrained', checkpoint=str(tmp_path / 'net.pth')))
    for model, path in (
            (sampled.build(sampler=config), 'visual'),
            (sampled.build(sampler=dict(type='MeanSampler', samplers=dict(
                one=config))), 'visual.samplers.one')):
        loaded = model.samplers.get_submodule(path)
        for name, value in loaded.state_dict().items():
            assert value.equal(net.state_dict()[name]), name


def test_something_is_left_to_train():
    """DistributedDataParallel refuses a model of which nothing is."""
    for model in (sampled.build(sampler=None, select=dict(type='EveryNth')),
                  sampled.build()):
        assert any(p.requires_grad for p in model.parameters())
    assert not any(p.requires_grad for p in model.recognizer.parameters())


FRAMES = dict(
    type='Recognizer2D', backbone=sampled.RESNET,
    cls_head=dict(type='TSNHead', num_classes=4, in_channels=128,
                  dropout_ratio=0., average_clips='prob'),
    data_preprocessor=dict(type='ActionDataPreprocessor',
                           **sampled.NORMALISATION))


def test_frames_bit_by_bit(packed):
    """The mean is taken before the softmax, as a TSN does."""
    options = dict(
        candidates=dict(clip_len=1, step=3), views={},
        pipeline=[*sampled.DECODE, dict(type='FormatShape',
                                        input_format='NCHW')])
    models = [sampled.build(
        recognizer=FRAMES, sampler=None, select=dict(type='EveryNth'),
        **changes) for changes in (
            {}, dict(clips_at_a_time=4),
            dict(test_cfg=dict(return_clip_scores=True)))]
    for answers in zip(*(predict(model, packed(**options))
                         for model in models)):
        for other in answers[1:]:
            torch.testing.assert_close(answers[0].pred_score,
                                       other.pred_score)


def test_features_of_several_maps():
    maps = torch.randn(2, 3, 4, 5), [torch.randn(2, 6), torch.randn(2, 1, 7)]
    pooled = _pooled(maps)
    assert pooled.shape == (2, 10)
    torch.testing.assert_close(pooled[:, :3], maps[0].mean((2, 3)))


def test_without_samplers_the_file_of_the_recognizer_fills_it():
    first = sampled.build(seed=1)
    second = sampled.build(sampler=None, select=dict(type='EveryNth'))
    second.load_state_dict(first.recognizer.state_dict())
    for name, value in second.recognizer.state_dict().items():
        assert value.equal(first.recognizer.state_dict()[name])
    with pytest.raises(ValueError, match='the file lacks'):
        sampled.build().load_state_dict(first.recognizer.state_dict())


def test_clip_scores_are_those_of_single_clips(packed):
    model = sampled.build(sampler=None, select=dict(type='EveryNth'),
                          test_cfg=dict(return_clip_scores=True))
    for sample, video in zip(predict(model, packed(views={})),
                             packed(views={})):
        number = len(sample.clip_starts)
        assert sample.clip_starts.tolist() == [4 * i for i in range(number)]
        source = video['data_samples'].candidate_source
        clips = source.read(source.open(), range(number))
        for clip, scores, feature in zip(clips, sample.clip_scores,
                                         sample.clip_features):
            alone = model.recognizer.test_step(dict(
                inputs=[clip[None]], data_samples=[video['data_samples']]))
            torch.testing.assert_close(scores, alone[0].pred_score)
            assert feature.shape == (32, )
        torch.testing.assert_close(sample.pred_score,
                                   sample.clip_scores.mean(0))


@pytest.mark.parametrize('at_a_time', [1, 4, 7])
def test_many_picks_are_seen_bit_by_bit(packed, seen, at_a_time):
    whole = predict(sampled.build(select=dict(type='EveryNth')), packed())
    seen.clear()
    model = sampled.build(select=dict(type='EveryNth'),
                          clips_at_a_time=at_a_time)
    for one, other in zip(whole, predict(model, packed())):
        torch.testing.assert_close(one.pred_score, other.pred_score)
        assert one.pred_label.equal(other.pred_label)
    assert max(len(call) for call in seen[1:]) <= max(at_a_time, 2)
    model.recognizer.cls_head.average_clips = 'score'
    with pytest.raises(ValueError, match="recognizer: got 'score', expected"):
        predict(model, packed())


def test_the_score_that_replaces_another_is_there(packed):
    """Also where the rule reads the other alone."""
    TRANSFORMS.register_module(module=Sometimes, force=True)
    model = sampled.build(
        sampler=dict.fromkeys(('visual', 'audio'), sampled.MODEL['sampler']),
        select=dict(type='TopK', k=2, score='audio'),
        fallback=dict(audio='visual'))
    views = dict(visual=sampled.VIEW, audio=dict(type='Sometimes'))
    _, short = predict(model, packed(views=views))
    assert short.fell_back == ['audio']


def test_an_unfinished_skim_is_refused_in_training(packed):
    model = sampled.build().train()
    data = model.data_preprocessor(sampled.batch(
        packed(candidates=dict(num_candidates=5), chunk=3)))
    with pytest.raises(ValueError, match=r'got \[3, 3\] of \[5, 5\]'):
        model(**data, mode='loss')


@pytest.mark.parametrize('changes, message', [
    (dict(test_cfg=dict(return_grid=True)), "test_cfg: got 'return_grid'"),
    (dict(data_preprocessor=dict(type='ActionDataPreprocessor')),
     'data_preprocessor: got'),
    (dict(select=dict(type='TopK', k=0)), 'k: got 0'),
    (dict(sampler=dict(type='KeepRatioLoss', target=.5)),
     "sampler 'visual': got KeepRatioLoss"),
    (dict(fallback=dict(audio='visual')), "fallback: got 'audio'"),
    (dict(clips_at_a_time=0), 'clips_at_a_time: got 0'),
    (dict(recognizer=dict(test_cfg=dict(max_testing_views=10))),
     'recognizer.test_cfg: got max_testing_views'),
])
def test_bad_configs(changes, message):
    with pytest.raises(ValueError, match=message):
        sampled.build(**changes)


def test_another_pipeline_is_refused(packed):
    videos = packed()
    del videos[0]['data_samples'].candidate_source
    with pytest.raises(ValueError, match='End the pipeline with SkimFirst'):
        predict(sampled.build(), videos)


def test_a_missing_view_is_named(packed):
    with pytest.raises(ValueError, match="expected 'visual', that of the"):
        predict(sampled.build(), packed(views={}))
