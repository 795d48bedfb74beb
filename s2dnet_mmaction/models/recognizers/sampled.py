"""A recognizer that looks at the clips that a sampler picks."""

from typing import Any, Dict, List, Optional, Tuple

import torch
from mmaction.models.recognizers import BaseRecognizer
from mmaction.registry import MODELS, TASK_UTILS
from mmaction.structures import ActionDataSample
from mmaction.utils import SampleList
from mmengine.model import BaseDataPreprocessor, ModuleDict
from torch import Tensor, nn

from ..._checks import require, require_choice, require_int
from ...datasets.decoding.candidate_source import (
    CandidateSource,
    read_picks,
)
from ...datasets.decoding.video_source import for_each
from ..common.checkpoints import read_checkpoint
from ..common.complete_loading import CompleteLoading
from ..common.options import build_module
from ..samplers.sampler import Sampler, VideoSampler
from ..samplers.selection_rules import SelectionRule, true_scores

_TEST_OPTIONS = ('return_saliency', 'return_clip_scores')


@MODELS.register_module()
class SampledRecognizer(BaseRecognizer, CompleteLoading):
    """Sampler, rule and recognizer.

    .. code-block:: text

        all candidates, small --> sampler --> saliency --> rule --> K picks
                                                                      |
        answer <-- mean <-- recognizer <-- K candidates, full size <--+

    Training is that of the sampler. The recognizer has been trained before
    and stays as it is, unless ``frozen`` is False: then it is trained as
    well, on the clips that the sampler picks.

    Args:
        sampler: config of a :class:`Sampler`, which is named ``'visual'``;
            or of several, by their names; None for a rule that needs none.
            Each sees the view of its name of :class:`SkimFirst`.
        recognizer: config of any recognizer of MMAction2. Its ``init_cfg=
            dict(type='Pretrained', checkpoint=...)`` must fill it.
        select: config of a :class:`SelectionRule`.
        frozen: whether the recognizer keeps its weights and statistics.
        clips_at_a_time: of a video with more picks the recognizer sees so
            many at once, so that memory does not grow with their number. The
            answer is then the mean of their scores, which
            ``average_clips='prob'`` of its head gives.
        fallback: name of a score -> name of the one that takes its place in
            a video without the view for it, such as ``dict(audio='visual')``
            where there is no sound. Predictions then have ``fell_back``, the
            names of such scores; :class:`FallbackMetric` counts them.
        train_cfg: not used; an argument of MMAction2.
        test_cfg: ``return_saliency=True`` adds to each prediction
            ``saliency``, a dict of (T,) scores, ``picks`` (K,), ``starts``
            (T,), the first frame of each candidate, and ``times`` (T, 2) in
            seconds where the video states them;
            ``return_clip_scores=True`` adds ``clip_scores`` (K, classes),
            ``clip_features`` (K, C), and ``clip_starts`` (K,), the first
            frame of each.
        data_preprocessor: must be None: sampler and recognizer have their
            own.

    Raises:
        ValueError: if options are unknown or contradict each other.
    """

    def __init__(self, sampler: Optional[dict], recognizer: dict,
                 select: dict, frozen: bool = True,
                 clips_at_a_time: int = 64,
                 fallback: Optional[Dict[str, str]] = None,
                 train_cfg: Optional[dict] = None,
                 test_cfg: Optional[dict] = None,
                 data_preprocessor: Optional[dict] = None) -> None:
        require(data_preprocessor is None, 'data_preprocessor',
                data_preprocessor, 'None',
                'Give those of sampler and recognizer to them.')
        # BaseRecognizer would build one backbone.
        super(BaseRecognizer, self).__init__(
            data_preprocessor=BaseDataPreprocessor())
        self.backbone_from = 'mmaction2'
        self.train_cfg, self.test_cfg = train_cfg, dict(test_cfg or {})
        for name in self.test_cfg:
            require_choice('test_cfg', name, _TEST_OPTIONS)
        configs = dict(sampler or {})
        if 'type' in configs:
            configs = dict(visual=configs)
        # mmengine's initialises its modules; torch's does not.
        self.samplers = ModuleDict({
            name: build_module('sampler', config)
            for name, config in configs.items()})
        for name, module in self.samplers.items():
            require(isinstance(module, Sampler), f'sampler {name!r}',
                    type(module).__name__, 'a Sampler', 'Take ClipSampler, '
                    'or give your class this base.')
        names = [each for name, module in self.samplers.items()
                 for each in module.score_names or (name, )]
        require(len(names) == len(set(names)), 'scores of the samplers',
                names, 'different names', 'Use one sampler of this kind.')
        self.fallback = dict(fallback or {})
        for name, other in self.fallback.items():
            for each in (name, other):
                require_choice('fallback', each, self.samplers)
                require(not self.samplers[each].score_names, 'fallback',
                        f'{each!r}, which gives several scores',
                        'samplers of one score each', 'Leave it out.')
        self.select = TASK_UTILS.build(select)
        require(isinstance(self.select, SelectionRule), 'select',
                type(self.select).__name__, 'a SelectionRule',
                'Take TopK, or give your class this base.')
        recognizer = dict(recognizer)
        self._file = _take_file(recognizer)
        require('max_testing_views' not in (recognizer.get('test_cfg') or {}),
                'recognizer.test_cfg', 'max_testing_views', 'none of it',
                'Leave it out: clips_at_a_time takes its place.')
        self.recognizer = MODELS.build(recognizer)
        require_int('clips_at_a_time', clips_at_a_time)
        self.clips_at_a_time = clips_at_a_time
        self.frozen = frozen
        # DistributedDataParallel refuses a model without anything to train.
        if frozen and any(p.requires_grad for p in self.samplers.parameters()):
            self.recognizer.requires_grad_(False)

    def _load_from_state_dict(self, state_dict: Dict[str, Tensor],
                              prefix: str, *args: Any) -> None:
        """Without samplers, also the file of the recognizer alone fills it.
        """
        if not self.samplers and not any(
                name.startswith(f'{prefix}recognizer.')
                for name in state_dict):
            for name in [each for each in state_dict
                         if each.startswith(prefix)]:
                state_dict[f'{prefix}recognizer.{name[len(prefix):]}'] = (
                    state_dict.pop(name))
        super()._load_from_state_dict(state_dict, prefix, *args)

    @property
    def cls_head(self) -> nn.Module:
        """The head of the recognizer."""
        return self.recognizer.cls_head

    def init_weights(self) -> None:
        """Initialise, and fill the recognizer from its file."""
        super().init_weights()
        if self._file is not None:
            _fill(self.recognizer, self._file)

    def train(self, mode: bool = True) -> 'SampledRecognizer':
        """Set the mode; a frozen recognizer stays in testing."""
        super().train(mode)
        if self.frozen:
            self.recognizer.eval()
        return self

    def loss(self, inputs: Dict[str, List[Tensor]],
             data_samples: SampleList) -> Dict[str, Tensor]:
        """Losses of the samplers, and of a recognizer that is not frozen."""
        labels = torch.stack([sample.gt_label for sample in data_samples])
        if labels.size(1) == 1:  # otherwise 1 for each class of a video
            labels = labels[:, 0]
        views = {name: self._stack(name, inputs[name], data_samples)
                 for name in self.samplers}
        losses: Dict[str, Tensor] = {}
        for name, sampler in self.samplers.items():
            teacher = torch.stack([
                true_scores(sample).to(labels.device)
                for sample in data_samples]) if sampler.needs_teacher else None
            for key, value in sampler.loss(views[name], labels,
                                           teacher).items():
                losses[key if len(views) == 1 else f'{name}_{key}'] = value
        if not self.frozen:
            losses.update(self._train_recognizer(inputs, data_samples))
        return losses

    def _stack(self, name: str, views: List[Tensor],
               data_samples: SampleList) -> Tensor:
        """(N, T, ...) views of all candidates."""
        counts = [sample.candidate_source.num_candidates
                  for sample in data_samples]
        require(all(view is not None for view in views),
                f'view {name!r}', 'none of some videos', 'one of each in '
                'training', "Set missing='silence' of AudioView.")
        require(
            {len(view) for view in views} == set(counts)
            and len(set(counts)) == 1, f'view {name!r} of the candidates',
            f'{[len(view) for view in views]} of {counts}',
            'all candidates of each video, and equally many', 'In training '
            'set num_candidates of SampleCandidates, and chunk of SkimFirst '
            'to no less.')
        return torch.stack(views)

    def _train_recognizer(self, inputs: Dict[str, List[Tensor]],
                          data_samples: SampleList) -> Dict[str, Tensor]:
        was_training = self.samplers.training
        self.samplers.eval()  # norms have counted this batch already
        with torch.no_grad():
            _, picks, opened = self._choose(inputs, data_samples)
        self.samplers.train(was_training)
        clips = read_picks(_sources(data_samples), opened, picks)
        pairs = [(part, sample) for clip, sample in zip(clips, data_samples)
                 # Recognizers of clips are trained on single clips.
                 for part in (clip.split(1) if clip.dim() == 5 else [clip])]
        inputs, samples = zip(*pairs)
        data = self.recognizer.data_preprocessor(
            dict(inputs=list(inputs), data_samples=list(samples)),
            training=True)
        losses = self.recognizer(**data, mode='loss')
        return {f'recognizer_{key}' if 'loss' not in key else
                key.replace('loss', 'loss_recognizer', 1): value
                for key, value in losses.items()}

    def predict(self, inputs: Dict[str, List[Tensor]],
                data_samples: SampleList) -> SampleList:
        """Skim, pick, look."""
        scores, picks, opened = self._choose(inputs, data_samples)
        sources = _sources(data_samples)
        for sample in data_samples:
            del sample.candidate_source
        few = [n for n, picked in enumerate(picks)
               if len(picked) <= self.clips_at_a_time
               and not self.test_cfg.get('return_clip_scores', False)]
        answers = dict(zip(few, self._look_at_once(
            *([each[n] for n in few] for each in (
                sources, opened, picks, data_samples)))))
        for n, sample in enumerate(data_samples):
            if n not in answers:
                answers[n] = self._look_bit_by_bit(sources[n], opened[n],
                                                   picks[n], sample)
            if self.test_cfg.get('return_saliency', False):
                answers[n].set_field(scores[n], 'saliency')
                answers[n].set_field(picks[n], 'picks')
                answers[n].set_field(sources[n].times, 'times')
                answers[n].set_field(sources[n].starts, 'starts')
        return [answers[n] for n in range(len(data_samples))]

    def skim(self, inputs: Dict[str, List[Tensor]], data_samples: SampleList
             ) -> Tuple[List[Dict[str, Tensor]], List[dict]]:
        """Score the candidates of N videos.

        Args:
            inputs: by the name of the view, the first chunk of each video.
            data_samples: with ``candidate_source``.

        Returns:
            for each video the scores (T,) by their names, on the CPU, and
            its results with the video open.
        """
        sources = _sources(data_samples)
        opened = for_each(CandidateSource.open, sources)
        samplers = self._needed()
        for name in samplers:
            require(name in inputs, 'views of SkimFirst', sorted(inputs),
                    f'{name!r}, that of the sampler', 'Add it.')
        scores: List[Dict[str, Tensor]] = [{} for _ in sources]
        for name, sampler in samplers.items():
            # One call for the first chunks of all videos
            seen = [n for n, view in enumerate(inputs[name])
                    if view is not None]
            counts = [len(inputs[name][n]) for n in seen]
            chunk = _look(sampler, name, torch.cat(
                [inputs[name][n] for n in seen])) if seen else {}
            for key, values in chunk.items():
                for n, part in zip(seen, values.split(counts)):
                    source = sources[n]
                    scores[n][key] = part.new_full(
                        (source.num_candidates, *part.shape[1:]), -torch.inf)
                    scores[n][key][source.skimmed[:source.chunk]] = part
        for sample, source, video, row in zip(data_samples, sources, opened,
                                              scores):
            if samplers:
                self._skim_rest(samplers, source, video, row)
                self._rate(samplers, source, row)
            self._fall_back(samplers, row, sample)
        return scores, opened

    def _skim_rest(self, samplers: Dict[str, Sampler],
                   source: CandidateSource, opened: dict,
                   scores: Dict[str, Tensor]) -> None:
        """Fill in what follows the first chunk."""
        device = self.data_preprocessor.device
        for positions, views in source.chunks(opened, first=1):
            for name, sampler in samplers.items():
                if views[name] is None:
                    continue
                view = views[name].to(device)
                for key, part in _look(sampler, name, view).items():
                    scores[key][positions] = part

    def _rate(self, samplers: Dict[str, Sampler], source: CandidateSource,
              scores: Dict[str, Tensor]) -> None:
        """Put scores in the place of the features of whole videos."""
        for name, sampler in samplers.items():
            if isinstance(sampler, VideoSampler) and name in scores:
                features = scores.pop(name)
                rated = sampler.rate(features[source.skimmed].to(
                    self.data_preprocessor.device))
                for key, values in rated.items():
                    scores[key] = torch.full((len(features), ), -torch.inf)
                    scores[key][source.skimmed] = values.float().cpu()

    def _fall_back(self, samplers: Dict[str, Sampler],
                   scores: Dict[str, Tensor],
                   sample: ActionDataSample) -> None:
        """Put other scores in the place of those that a video lacks."""
        missing = [name for name in samplers
                   if not {name, *samplers[name].score_names} & set(scores)]
        for name in missing:
            require(self.fallback.get(name) in scores, f'view {name!r}',
                    f'none of {sample.get("video_id")}', 'one, or a fallback',
                    f'Set fallback=dict({name}=...) of SampledRecognizer to '
                    'the name of another sampler.')
            scores[name] = scores[self.fallback[name]].clone()
        if self.fallback:
            sample.set_field(missing, 'fell_back')

    def _needed(self) -> Dict[str, Sampler]:
        """The samplers with a score that is read."""
        if self.test_cfg.get('return_saliency', False):
            return dict(self.samplers.items())
        reads = set(self.select.reads)
        reads.update(self.fallback[name] for name in self.fallback
                     if name in reads)
        return {name: sampler for name, sampler in self.samplers.items()
                if {name, *sampler.score_names} & reads}

    def _choose(self, inputs: Dict[str, List[Tensor]],
                data_samples: SampleList
                ) -> Tuple[List[Dict[str, Tensor]], List[Tensor], List[dict]]:
        scores, opened = self.skim(inputs, data_samples)
        picks = [
            self._pick(of_video, source, sample)
            for of_video, source, sample in zip(
                scores, _sources(data_samples), data_samples)]
        return scores, picks, opened

    def _pick(self, scores: Dict[str, Tensor], source: CandidateSource,
              data_sample: ActionDataSample) -> Tensor:
        """A rule that reads scores picks among those that have one."""
        if not self.select.reads:
            return self.select({}, source.num_candidates, data_sample)
        skimmed = source.skimmed
        picked = self.select(
            {name: values[skimmed] for name, values in scores.items()},
            len(skimmed), data_sample)
        return skimmed[picked]

    def _look_at_once(self, sources: List[CandidateSource],
                      opened: List[dict], picks: List[Tensor],
                      data_samples: SampleList) -> SampleList:
        """Answers for videos; those with as many picks are a batch."""
        if not sources:
            return []
        clips = read_picks(sources, opened, picks)
        answers = list(data_samples)
        for rows in _alike(clips):
            data = self.recognizer.data_preprocessor(dict(
                inputs=[clips[i] for i in rows],
                data_samples=[data_samples[i] for i in rows]))
            for i, answer in zip(rows, self.recognizer(**data,
                                                       mode='predict')):
                answers[i] = answer
        return answers

    def _look_bit_by_bit(self, source: CandidateSource, opened: dict,
                         picks: Tensor, data_sample: ActionDataSample
                         ) -> ActionDataSample:
        """Answer for one video, clip by clip."""
        head = self.recognizer.cls_head
        require(head.average_clips == 'prob', 'average_clips of the '
                'recognizer', repr(head.average_clips), "'prob', for the "
                'mean over single clips', 'Set it, or raise clips_at_a_time.')
        wants_clips = self.test_cfg.get('return_clip_scores', False)
        logits, pooled, others = [], [], {}
        for part in picks.split(self.clips_at_a_time):
            clips = source.read(opened, part)
            require(len(clips) == len(part), 'clips of the recognizer',
                    len(clips), f'{len(part)}, one for each pick',
                    'Take one crop of each clip.')
            data = self.recognizer.data_preprocessor(dict(
                inputs=list(clips[:, None]),
                data_samples=[data_sample] * len(part)))
            features, others = self.recognizer.extract_feat(
                data['inputs'], test_mode=True)
            logits.append(head(features, **others))
            if wants_clips:
                pooled.append(_pooled(features))
        # Heads of frames average before the softmax, heads of clips after it.
        of_clips = torch.cat(logits)
        answer = of_clips.mean(0).softmax(-1) if 'num_segs' in others \
            else of_clips.softmax(-1).mean(0)
        data_sample.set_pred_score(answer).set_pred_label(
            answer.argmax(dim=-1, keepdim=True))
        if wants_clips:
            data_sample.set_field(of_clips.softmax(-1), 'clip_scores')
            data_sample.set_field(torch.cat(pooled), 'clip_features')
            data_sample.set_field(source.starts[picks], 'clip_starts')
        return data_sample

    def _forward(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(
            "mode: got 'tensor', expected 'loss' or 'predict'. The clips are "
            'read in between; run samplers and recognizer one by one.')

    def extract_feat(self, *args: Any, **kwargs: Any) -> None:
        """There are no features of the whole; see the recognizer's."""
        self._forward()


def _look(sampler: Sampler, name: str, view: Tensor) -> Dict[str, Tensor]:
    """Scores by their names, on the CPU; features of a video's sampler."""
    given = sampler.embed(view) if isinstance(
        sampler, VideoSampler) else sampler.score(view)
    given = {name: given} if isinstance(given, Tensor) else given
    return {key: value.float().cpu() for key, value in given.items()}


def _pooled(features: Any) -> Tensor:
    """Maps (K, C, ...), or nested sequences of them -> (K, C) of all."""
    if isinstance(features, Tensor):
        return features.flatten(2).mean(2) if features.dim() > 2 else features
    return torch.cat([_pooled(each) for each in features], dim=1)


def _sources(data_samples: SampleList) -> List[CandidateSource]:
    sources = [sample.get('candidate_source') for sample in data_samples]
    require(None not in sources, 'data_samples', 'none with candidate_source',
            'the way to read the clips', 'End the pipeline with SkimFirst.')
    return sources


def _alike(clips: List[Tensor]) -> List[List[int]]:
    """Videos that can be one batch, those with as many picks."""
    rows: Dict[Tuple[int, ...], List[int]] = {}
    for i, clip in enumerate(clips):
        rows.setdefault(tuple(clip.shape), []).append(i)
    return list(rows.values())


def _take_file(config: dict) -> Optional[str]:
    """Remove the file from the recognizer's config, and name it."""
    init_cfg = config.get('init_cfg')
    if not isinstance(init_cfg, dict) or init_cfg['type'] != 'Pretrained':
        return None
    del config['init_cfg']
    return init_cfg['checkpoint']


def _fill(recognizer: nn.Module, file: str) -> None:
    """Load all entries of the recognizer."""
    weights = read_checkpoint(file)
    own = recognizer.state_dict()
    lacking = [name for name in own if name not in weights
               or weights[name].shape != own[name].shape]
    require(not lacking, f'weights of the recognizer in {file}',
            f'{len(lacking)} of {len(own)} entries missing or of another '
            f'shape, such as {lacking[:3]}', 'all of them',
            'Give the file of a training of this recognizer.')
    recognizer.load_state_dict(
        {name: weights[name] for name in own}, strict=True)
