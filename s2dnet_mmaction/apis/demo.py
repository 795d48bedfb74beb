"""A local web page on which a network is tried (Gradio)."""

import copy
import html
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from mmengine.dataset import pseudo_collate

from .._checks import require
from ..analysis.complexity import count_macs
from ..visualization.draw import VIDEO_SUFFIXES, write_drawings
from ..visualization.seen import class_names, raw_views, scored
from .s2dnet_inferencer import S2DNetInferencer

_MOST_SCORES = 5
_MAX_FILE_SIZE = '500mb'
_FRAME = ('<iframe title="what the network looked at" sandbox="allow-scripts" '
          'style="width: 100%; height: 1100px; border: 0" srcdoc="{}">'
          '</iframe>')


class Answer(NamedTuple):
    """What the page shows of a clip.

    Attributes:
        scores: of the best classes, the largest first.
        page: file of :func:`write_page`.
        movie: file of :func:`write_movie`.
        costs: what was counted or timed, and how much it was.
    """
    scores: List[Tuple[str, float]]
    page: Path
    movie: Path
    costs: List[Tuple[str, str]]


class Demo:
    """Answers for clips, one by one.

    Args:
        infer: the network, its pipeline and the names of its classes.
        folder: of the drawings.

    Raises:
        ValueError: if the network reads folders of raw frames.
    """

    def __init__(self, infer: S2DNetInferencer, folder: str) -> None:
        require(not infer.raw_frames, 'test pipeline', 'one of raw frames',
                'one of video files', 'Pass the config without -rawframes.')
        self.infer, self.folder = infer, Path(folder)
        self._warm = False
        self._macs: Dict[Tuple[int, ...], Dict[str, int]] = {}

    def __call__(self, video: str) -> Answer:
        """Recognize the action of a clip.

        Raises:
            OSError: if the file cannot be read.
            ValueError: if it is no video that can be decoded.
        """
        start = time.perf_counter()
        sample = self.infer.read(video)
        read = time.perf_counter()
        if not self._warm:  # the first run compiles the sampler
            self.infer.forward(pseudo_collate([sample]))
            self._warm = True
        begun = time.perf_counter()
        prediction, = self.infer.forward(pseudo_collate([sample]))
        done = time.perf_counter()
        stem = self.folder / Path(video).stem[:100]
        movie, page = write_drawings(
            stem, self.infer.model, sample, prediction, self.infer.classes,
            ['mp4', 'html'])[:2]
        scores = prediction.pred_score
        names = class_names(self.infer.classes, len(scores))
        best = scores.topk(min(_MOST_SCORES, len(names))).indices.tolist()
        views = raw_views(self.infer.model, sample['inputs'],
                          sample['data_samples'])
        device = next(self.infer.model.parameters()).device
        return Answer(scored(scores, names, best), page, movie, [
            ('frames that the network had',
             f'{len(views)} x {views.shape[2]}' if len(views) > 1
             else f'{views.shape[2]}'),
            *self._counted(views),
            ('decoding', f'{read - start:.2f} s'),
            ('network', f'{done - begun:.2f} s on {device}')])

    def _counted(self, views) -> List[Tuple[str, str]]:
        """Multiply-adds by part, for frames of this number and size."""
        shape = tuple(views.shape)
        if shape not in self._macs:
            # They are counted on the CPU, as the sampler runs there.
            model = copy.deepcopy(self.infer.model).cpu().eval()
            self._macs[shape], _ = count_macs(model, views[:1])
        return [(f'GMACs, {part}', f'{len(views) * macs / 1e9:.3g}')
                for part, macs in self._macs[shape].items()]


def build_demo(infer: S2DNetInferencer, examples: Sequence[str] = ()) -> Any:
    """The page, a ``gradio.Blocks``.

    Args:
        infer: the network.
        examples: files to try.

    Raises:
        ImportError: if Gradio is missing.
    """
    gradio = _gradio()
    folder = tempfile.TemporaryDirectory(prefix='s2dnet_demo_')
    demo = Demo(infer, folder.name)

    def show(video):
        if video is None:
            raise gradio.Error('Choose a clip first.')
        try:
            answer = demo(video)
        except (OSError, ValueError, RuntimeError) as error:
            # The user knows the name of the clip, not where Gradio keeps it.
            # It shows HTML in its messages.
            message = str(error).replace(video, Path(video).name)
            raise gradio.Error(html.escape(message), duration=None) from error
        page = answer.page.read_text(encoding='utf-8')
        return (dict(answer.scores), _FRAME.format(html.escape(page)),
                str(answer.movie), answer.costs)

    with gradio.Blocks(title='s2dnet_mmaction', analytics_enabled=False
                       ) as blocks:
        blocks.folder = folder  # removed with the page
        gradio.Markdown('# What does the network look at?')
        with gradio.Row():
            with gradio.Column():
                clip = gradio.File(label='clip', type='filepath',
                                   file_types=list(VIDEO_SUFFIXES))
                run = gradio.Button('Run', variant='primary')
                if examples:
                    gradio.Examples(list(examples), clip, label='examples')
            with gradio.Column():
                scores = gradio.Label(label='answer', show_heading=False)
                costs = gradio.Dataframe(
                    headers=['cost of this clip', ''], label='cost',
                    interactive=False)
        seen = gradio.HTML(label='what it looked at')
        movie = gradio.Video(label='as a video', interactive=False)
        run.click(show, clip, [scores, seen, movie, costs],
                  concurrency_limit=1)
    return blocks


def launch(blocks: Any, port: int) -> None:
    """Serve the page to this machine alone, until it is stopped."""
    gradio = _gradio()
    fonts = ['system-ui', 'sans-serif']  # the default ones are from a network
    blocks.launch(
        server_name='127.0.0.1', server_port=port, share=False,
        max_file_size=_MAX_FILE_SIZE, footer_links=[],
        allowed_paths=[blocks.folder.name],
        theme=gradio.themes.Default(font=fonts, font_mono=['monospace']))


def _gradio() -> Any:
    try:
        import gradio
    except ImportError as error:
        require(False, 'gradio', f'no package ({error})', 'Gradio',
                "Install it: pip install 's2dnet_mmaction[demo]'.",
                ImportError)
    return gradio
