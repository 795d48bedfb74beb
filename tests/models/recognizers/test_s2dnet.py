"""The recognizer S2DNet."""

import copy
import pickle

import pytest
import torch
from mmaction.evaluation import AccMetric
from mmaction.registry import MODELS
from mmengine.analysis import get_model_complexity_info
from mmengine.config import Config
from mmengine.model import ExponentialMovingAverage
from mmengine.registry import init_default_scope

from tests.support import tiny


@pytest.mark.parametrize('snet, dnet', [
    (tiny.RESNET, tiny.RESNET),
    (tiny.MOBILENET_TSM, tiny.RESNET_TSM),
    (tiny.X3D, tiny.X3D),
    (tiny.X3D, tiny.RESNET_TSM),
])
def test_trains_and_predicts(snet, dnet):
    """2D, TSM and 3D backbones; every parameter gets a gradient."""
    model = tiny.build(snet=dict(backbone=snet, size=32),
                       dnet=dict(backbone=dnet, size=32,
                                 fusion_stages=('layer2', 'layer1')))
    model.train()
    losses = tiny.run(model, 'loss', tiny.batch(size=(40, 40)), True)
    loss, log_vars = model.parse_losses(losses)
    loss.backward()
    assert torch.isfinite(loss)
    assert {'loss_synopsis', 'loss_detail', 'top1_acc', 'synopsis_top1_acc',
            'topk_recall'} <= set(log_vars)
    total = losses['loss_synopsis'] + losses['loss_detail']
    assert loss.item() == pytest.approx(total.item())
    missing = [
        name for name, p in model.named_parameters() if p.grad is None
    ]
    assert missing == []

    model.eval()
    with torch.no_grad():
        samples = tiny.run(model, 'predict', tiny.batch(size=(40, 40)))
    for sample in samples:
        assert sample.pred_score.shape == (tiny.NUM_CLASSES, )
        assert (sample.pred_score > 0).sum() == 3
        assert sample.pred_label.shape == (1, )
        assert sample.synopsis_score.sum().item() == pytest.approx(1, abs=1e-5)
        assert sample.topk_label.shape == (3, )
        assert 'sampling_grid' not in sample


def test_tensor_mode_and_stages():
    model = tiny.build().eval()
    data = model.data_preprocessor(tiny.batch(views=2))
    inputs, lengths = data['inputs'], data['lengths']
    with torch.no_grad():
        features = model(inputs, lengths=lengths)
        assert features.shape == (4, *model.dnet.feature_shape)
        answer = model(inputs, lengths=lengths, stage='head')
        assert answer.shape == (4, tiny.NUM_CLASSES)
        feats, kwargs = model.extract_feat(inputs, lengths=lengths)
        assert torch.equal(feats, features)
        assert kwargs['topk'].sum(1).tolist() == [3] * 4
        one_view = model(inputs[:, 0], lengths=lengths, stage='head')
    torch.testing.assert_close(one_view, answer[::2])
    with pytest.raises(ValueError, match="stage: got 'logits'"):
        model(inputs, stage='logits')
    with pytest.raises(ValueError, match='FormatShape'):
        model(inputs[0, 0, 0])


def test_views_are_averaged():
    """Three views of one video give the mean of the three answers."""
    model = tiny.build().eval()
    data = tiny.batch(lengths=(6, 4), views=3)
    with torch.no_grad():
        together = tiny.run(model, 'predict', data)
        for i, video in enumerate(data['inputs']):
            alone = [
                tiny.run(
                    model, 'predict',
                    dict(inputs=[view[None]],
                         data_samples=data['data_samples'][:1]))[0].pred_score
                for view in video
            ]
            torch.testing.assert_close(
                together[i].pred_score,
                torch.stack(alone).mean(0),
                atol=1e-5,
                rtol=0)


class TestPadding:
    """A video's result does not depend on what it is batched with."""

    data = tiny.batch(lengths=(3, 9, 1), labels=[0, 1, 2])

    def single(self, i):
        return dict(inputs=self.data['inputs'][i:i + 1],
                    data_samples=self.data['data_samples'][i:i + 1])

    def test_predict(self):
        model = tiny.build().eval()
        tiny.open_up(model)
        with torch.no_grad():
            together = tiny.run(model, 'predict', self.data)
            for i in range(3):
                alone = tiny.run(model, 'predict', self.single(i))[0]
                for name in ('pred_score', 'synopsis_score'):
                    torch.testing.assert_close(
                        alone.get(name),
                        together[i].get(name),
                        atol=1e-5,
                        rtol=0)

    def test_loss_is_the_mean_of_the_videos(self):
        """In eval mode, where batch norm does not tie videos together."""
        model = tiny.build(cls_head=dict(loss='plain')).eval()
        tiny.open_up(model)
        together = tiny.run(model, 'loss', self.data)
        for name in ('loss_detail', 'loss_synopsis'):
            alone = [
                tiny.run(model, 'loss', self.single(i))[name]
                for i in range(3)
            ]
            torch.testing.assert_close(
                torch.stack(alone).mean(), together[name], atol=1e-5, rtol=0)

    def test_training_loss_and_gradients_ignore_padding(self):
        results = []
        for filler, extra in ((0, 0), (255, 0), (255, 6)):
            model = tiny.build().train()
            tiny.open_up(model)
            data = model.data_preprocessor(copy.deepcopy(self.data))
            inputs = torch.nn.functional.pad(data['inputs'],
                                             (0, 0, 0, 0, 0, extra))
            for row, length in zip(inputs, data['lengths']):
                row[:, :, length:] = filler
            data['inputs'] = inputs
            loss, _ = model.parse_losses(model(**data, mode='loss'))
            loss.backward()
            fc = model.neck.locator.fcs['time'][0]
            results.append((loss, fc.weight.grad))
        # The gradient is normalised, hence large; it is summed in blocks
        # whose borders move with T_max, hence the relative tolerance.
        (expected_loss, expected_grad), *others = results
        for loss, grad in others:
            torch.testing.assert_close(loss, expected_loss, atol=1e-5, rtol=0)
            torch.testing.assert_close(
                grad, expected_grad, rtol=1e-3,
                atol=1e-4 * float(expected_grad.abs().max()))


def test_grid_on_request():
    model = tiny.build(test_cfg=dict(return_grid=True)).eval()
    tiny.open_up(model)
    with torch.no_grad():
        samples = tiny.run(model, 'predict', tiny.batch((7, 5), views=2))
    for sample, length in zip(samples, (7, 5)):
        grid = sample.sampling_grid
        assert grid['num_frames'].tolist() == [length] * 2
        assert grid['frame_positions'].shape == (2, 4)
        assert grid['boxes'].shape == (2, 4, 4)
        x1, y1, x2, y2 = grid['boxes'].unbind(-1)
        torch.testing.assert_close(y2 - y1, 16 * grid['stride_y'])
        torch.testing.assert_close(x2 - x1, 20 * grid['stride_x'])
        torch.testing.assert_close((x1 + x2) / 2,
                                   (1 + grid['center_x']) * (28 - 1) / 2)
    pickle.dumps(samples)  # --dump does


def test_acc_metric_takes_the_predictions():
    model = tiny.build().eval()
    metric = AccMetric()
    for seed in range(2):
        with torch.no_grad():
            samples = model.val_step(tiny.batch(seed=seed))
        metric.process(None, [sample.to_dict() for sample in samples])
    results = metric.evaluate(4)
    assert 0 <= results['acc/top1'] <= 1


def test_the_answer_lies_in_the_top_k():
    model = tiny.build().eval()
    with torch.no_grad():
        for sample in tiny.run(model, 'predict', tiny.batch((4, ) * 6)):
            assert sample.pred_label.item() in sample.topk_label.tolist()


def test_detached_synopsis():
    """f_theta gives the synopsis net no gradient, unless asked to."""
    for detach in (True, False):
        model = tiny.build(neck=dict(detach_synopsis=detach)).train()
        tiny.open_up(model)
        data = model.data_preprocessor(tiny.batch())
        frames = data['inputs'].flatten(0, 1).transpose(1, 2)
        e = torch.rand(2, *model.snet.feature_shape, requires_grad=True)
        volume, *_ = model.neck(frames, data['lengths'], e, torch.ones(2, 6))
        volume.square().sum().backward()
        assert (e.grad is None) == detach


@pytest.mark.parametrize('locator', ['LocationScale', 'HeatmapLocator'])
def test_compiles_in_one_graph(locator):
    """From frames to scores, sampler included, torch.compile finds nothing
    that it must leave to Python."""
    model = tiny.build(neck=dict(locator=dict(type=locator))).eval()
    tiny.open_up(model)
    data = model.data_preprocessor(tiny.batch())

    def score(inputs, lengths):
        return model.extract_feat(
            inputs, stage='head', test_mode=True, lengths=lengths)[0]

    compiled = torch.compile(score, backend='aot_eager', fullgraph=True)
    with torch.no_grad():
        expected = score(data['inputs'], data['lengths'])
        got = compiled(data['inputs'], data['lengths'])
    torch.testing.assert_close(got, expected)


@pytest.mark.parametrize('locator', [
    dict(type='LocationScale'), dict(type='HeatmapLocator'),
    dict(type='LocationScale', trunk='mlp', space_follows_time=True)])
def test_mixed_precision(locator):
    """bfloat16 activations, float32 sampling; every gradient finite."""
    model = tiny.build(neck=dict(locator=locator),
                       cls_head=dict(append_topk=True)).train()
    data = model.data_preprocessor(tiny.batch())
    with torch.autocast('cpu', torch.bfloat16):
        loss, _ = model.parse_losses(model(**data, mode='loss'))
    loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad.isfinite().all(), name
    model.eval()
    with torch.no_grad(), torch.autocast('cpu', torch.bfloat16):
        for sample in tiny.run(model, 'predict', tiny.batch()):
            assert sample.pred_score.dtype == torch.float32


def test_deep_copy_is_independent():
    """mmengine's EMAHook deep-copies models, hooks included."""
    model = tiny.build().eval()
    ema = ExponentialMovingAverage(model)
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
        data = model.data_preprocessor(tiny.batch())
        feats = ema.module(data['inputs'], lengths=data['lengths'])
    assert feats.abs().max() > 0


def test_plain_contextless_network():
    """DNet alone decides: no fusion, no m in the classifier."""
    model = tiny.build(context=None, dnet=dict(fusion_stages=())).train()
    losses = tiny.run(model, 'loss', tiny.batch(), True)
    model.parse_losses(losses)[0].backward()
    assert model.cls_head.fc_detail.in_features == 128


@pytest.mark.parametrize('changes, match', [
    (dict(context=None), 'context_channels: got None'),
    (dict(dnet=dict(fusion_stages=('layer7', ))), "fusion stage: got 'layer7'"
     ),
    (dict(dnet=dict(fusion_stages=()), cls_head=dict(context_channels=0)),
     'context: got a module whose output nothing reads'),
    (dict(neck=dict(size=(5, 16, 20))),
     r'neck.size: got \(5, 16, 20\), expected \(4, 16, 20\)'),
    (dict(neck=dict(num_classes=4)), 'neck.num_classes: got 4, expected 6'),
    (dict(cls_head=dict(k=7)), 'k: got 7, expected at most the number of'),
    (dict(cls_head=dict(k=0)), 'k: got 0'),
    (dict(cls_head=dict(loss='focal')), "loss: got 'focal'"),
    (dict(cls_head=dict(average_clips=None)), 'average_clips: got None'),
    (dict(cls_head=dict(topk_mode='fuzzy')), "topk_mode: got 'fuzzy'"),
    (dict(neck=dict(temporal='cubic')), "temporal: got 'cubic'"),
    (dict(neck=dict(locator=dict(type='LocationScale', trunk='lstm'))),
     "trunk: got 'lstm'"),
    (dict(neck=dict(locator=dict(type='HeatmapLocator', trunk='conv'))),
     "locator: got unknown option 'trunk'"),
    (dict(neck=dict(normalise_grad='pixel')), "normalise_grad: got 'pixel'"),
    (dict(neck=dict(axes=('colour', ))), "axes: got 'colour'"),
    (dict(neck=dict(init_span=0.5)), 'init_span: got 0.5'),
    (dict(neck=dict(init_span=(0, None))), r'init_span\[0\]: got 0'),
    (dict(snet=dict(resize_mode='area')), "resize_mode: got 'area'"),
    (dict(snet=dict(size=0)), 'size: got 0'),
    (dict(snet=dict(num_frames=0)), 'num_frames: got 0'),
    (dict(dnet=dict(size=(16, -3))), 'size: got -3'),
    (dict(snet=dict(backbone=dict(tiny.MOBILENET_TSM, num_segments=8))),
     r'num_segments of MobileNetV2TSM: got 8, expected num_frames=3'),
    (dict(dnet=dict(backbone=dict(tiny.RESNET_TSM, num_segments=8))),
     r'num_segments of ResNetTSM: got 8, expected num_frames=4'),
    (dict(snet=dict(backbone=dict(tiny.RESNET, out_indices=(0, 1)))),
     'output of ResNet: got tuple, expected one feature map'),
    (dict(snet=dict(backbone=tiny.X3D, input_format='NCHW', size=32)),
     'X3D: got an error for 3 frames'),
    (dict(snet=dict(input_format='NHWC')), "input_format: got 'NHWC'"),
    (dict(neck=dict(temporl='linear')),
     "neck: got unknown option 'temporl', expected .* Did you mean temporal?"),
    (dict(cls_head=dict(colour='red')), "unknown option 'colour'"),
    (dict(snet=dict(frames=3)), "snet: got unknown option 'frames'"),
    (dict(dnet=dict(fusion_stage=('layer1', ))), 'Did you mean fusion_stages'),
    (dict(context=dict(norm=None)), "context: got unknown option 'norm'"),
    (dict(test_cfg=dict(return_grids=True)), "test_cfg: got 'return_grids'"),
    (dict(cls_head=dict(alpha=-1)), 'alpha: got -1'),
    (dict(snet=dict(size=None)), 'size: got None'),
    (dict(data_preprocessor=dict(to_rgb=True)),
     "data_preprocessor: got unknown option 'to_rgb'"),
    (dict(data_preprocessor=dict(type='ActionDataPreprocessor')),
     'data_preprocessor: got ActionDataPreprocessor'),
])
def test_a_bad_config_is_refused_when_built(changes, match):
    init_default_scope('mmaction')
    with pytest.raises(ValueError, match=match):
        MODELS.build(tiny.model_config(**changes))


@pytest.mark.parametrize('changes, match', [
    (dict(cls_head=dict(num_classes='6')), "num_classes: got '6'"),
    (dict(cls_head=dict(k=2.0)), 'k: got 2.0'),
    (dict(neck=dict(var='1')), "var: got '1'"),
    (dict(snet=dict(num_frames=3.0)), 'num_frames: got 3.0'),
])
def test_a_bad_type_is_refused_when_built(changes, match):
    init_default_scope('mmaction')
    with pytest.raises(TypeError, match=match):
        MODELS.build(tiny.model_config(**changes))


def test_feature_map_that_does_not_fit_is_refused():
    """A given feature_shape that the features then do not have."""
    for shape in ((128, 3, 9, 9), (64, 3, 2, 2)):
        model = tiny.build(snet=dict(feature_shape=shape))
        with pytest.raises(
                ValueError,
                match=r'features of ResNet.shape: got \(2, 128, 3, 2, 2\)'):
            tiny.run(model, 'loss', tiny.batch(), True)


def test_bad_labels_are_refused():
    model = tiny.build()
    with pytest.raises(ValueError, match='gt_label: got labels from 0 to 6'):
        tiny.run(model, 'loss', tiny.batch(labels=[0, 6]), True)


def test_batch_of_one_is_refused_in_training():
    model = tiny.build().train()
    with pytest.raises(ValueError, match='drop_last=True'):
        tiny.run(model, 'loss', tiny.batch(lengths=(4, )), True)


def test_cost_of_something_something_8_12():
    """MN2/R50, 144/144, 174 classes, 85 frames, dense sampler.

    SNet 1.1 + R50 21.2 + fusions 2.0 + sampler 0.6 GMACs by mmengine's
    counter; the bounds are those the project set itself.
    """
    cfg = Config.fromfile(
        'configs/recognition/s2dnet/'
        's2dnet_imagenet-pretrained-mobilenetv2-r50_8xb8-2x85-8x12-120e_'
        'sthv2-rgb.py')
    init_default_scope('mmaction')
    model = MODELS.build(cfg.model).eval()
    model.forward = model.extract_feat  # as MMAction2's get_flops does
    result = get_model_complexity_info(
        model, (1, 3, 85, 224, 224), show_table=False, show_arch=False)
    assert 23e9 < result['flops'] <= 25.0e9
    assert 27e6 < result['params'] <= 29.0e6


class TestExit:
    """Sure videos end after the synopsis; the others do not notice."""

    data = tiny.batch(lengths=(7, 5, 9, 6), views=2)

    def predict(self, data=None, **test_cfg):
        model = tiny.build(test_cfg=dict(return_grid=True, **test_cfg)).eval()
        tiny.open_up(model)
        with torch.no_grad():
            return tiny.run(model, 'predict', data or self.data)

    def threshold(self, ended, data=None):
        """A threshold above which this many videos are."""
        scores = torch.stack([sample.synopsis_score.max()
                              for sample in self.predict(data)])
        scores = scores.sort(descending=True).values
        return float((scores[ended - 1] + scores[ended]) / 2)

    def test_threshold_1_is_the_plain_model(self):
        for plain, sample in zip(self.predict(),
                                 self.predict(exit_threshold=1)):
            assert sample.exited is False
            for name in ('pred_score', 'pred_label', 'synopsis_score',
                         'topk_label'):
                assert torch.equal(plain.get(name), sample.get(name)), name
            for name, number in plain.sampling_grid.items():
                assert torch.equal(number, sample.sampling_grid[name]), name

    def test_batches_split_and_merge(self):
        ended = 0
        plain = self.predict()
        for sample, before in zip(
                self.predict(exit_threshold=self.threshold(2)), plain):
            ended += sample.exited
            if sample.exited:
                assert 'sampling_grid' not in sample
                assert torch.equal(sample.pred_score, before.synopsis_score)
                assert sample.pred_label == before.synopsis_score.argmax()
            else:
                torch.testing.assert_close(
                    sample.pred_score, before.pred_score, atol=1e-6, rtol=0)
                for name, number in before.sampling_grid.items():
                    torch.testing.assert_close(
                        number, sample.sampling_grid[name])
            assert torch.equal(sample.synopsis_score, before.synopsis_score)
            assert torch.equal(sample.topk_label, before.topk_label)
        assert ended == 2

    def test_whole_batch_ends(self):
        """Then neither sampler nor detail net run."""
        model = tiny.build(test_cfg=dict(exit_threshold=0)).eval()
        for module in (model.neck, model.dnet, model.context):
            module.register_forward_pre_hook(
                lambda *_: pytest.fail('the detail net ran'))
        with torch.no_grad():
            samples = tiny.run(model, 'predict', self.data)
        assert [sample.exited for sample in samples] == [True] * 4

    @pytest.mark.parametrize('average', ['prob', 'score'])
    def test_views_end_together(self, average):
        """A video is as sure as its views are on average."""
        model = tiny.build(cls_head=dict(average_clips=average)).eval()
        logits = torch.tensor([[4., 0, 0, 0, 0, 0], [0., 1, 0, 0, 0, 0]])
        means = dict(prob=logits.softmax(-1).mean(0),
                     score=logits.mean(0).softmax(-1))
        score = float(means[average].max())
        for threshold, sure in ((score - .01, True), (score + .01, False)):
            assert model.cls_head.is_sure(logits, 1,
                                          threshold).tolist() == [sure]

    def test_oracle_gets_the_places_of_those_that_go_on(self):
        cfg = tiny.model_config(
            type='OracleS2DNet', neck=dict(type='OracleSampler'),
            test_cfg=dict(return_grid=True))
        data = tiny.batch(lengths=(7, 5, 9))
        for i, sample in enumerate(data['data_samples']):
            sample.set_metainfo(dict(place=(i / 4, i / 5, -i / 4)))
        init_default_scope('mmaction')
        torch.manual_seed(0)
        model = MODELS.build(cfg).eval()
        with torch.no_grad():
            plain = tiny.run(model, 'predict', data)
            scores = torch.stack([p.synopsis_score.max() for p in plain])
            model.test_cfg['exit_threshold'] = float(
                scores.sort().values[-2:].mean())
            samples = tiny.run(model, 'predict', data)
        assert [s.exited for s in samples] == [
            i == int(scores.argmax()) for i in range(3)]
        for before, sample in zip(plain, samples):
            if not sample.exited:
                for name, number in before.sampling_grid.items():
                    assert torch.equal(number, sample.sampling_grid[name])

    def test_second_pass_reads_the_others_alone(self):
        """Where the synopsis is decoded first."""
        data = tiny.batch(lengths=(9, 9, 9))
        threshold = self.threshold(1, data)
        expected = self.predict(data, exit_threshold=threshold)
        read = []

        class Source:
            positions, num_frames = [0, 4, 8], 9

            def __init__(self, number):
                self.number = number

            def read(self, positions):
                read.append(self.number)
                return data['inputs'][self.number][:, :, positions]

        first = dict(
            inputs=[clip[:, :, Source.positions] for clip in data['inputs']],
            data_samples=data['data_samples'])
        for i, sample in enumerate(first['data_samples']):
            sample.set_metainfo(dict(frame_source=Source(i)))
        samples = self.predict(first, exit_threshold=threshold)
        assert sorted(read) == [
            i for i, sample in enumerate(expected) if not sample.exited]
        assert len(read) == 2
        for sample, other in zip(samples, expected):
            assert sample.exited == other.exited
            assert 'frame_source' not in sample
            torch.testing.assert_close(sample.pred_score, other.pred_score)

    def test_bad_threshold(self):
        with pytest.raises(ValueError, match='exit_threshold: got 2'):
            tiny.build(test_cfg=dict(exit_threshold=2))
