"""Progress of a long run: count, rate and remaining time."""

import time
from datetime import timedelta
from typing import Optional

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

LINE_EVERY_SEC = 30.0


class RunProgress:
    """A bar in a terminal, a line now and then in a log.

    Args:
        total: videos to predict for.
        console: where to; None: the standard error.
        every_sec: between two lines of a log.
    """

    def __init__(self, total: int, console: Optional[Console] = None,
                 every_sec: float = LINE_EVERY_SEC) -> None:
        self.total, self.every_sec = total, every_sec
        self.console = console or Console(stderr=True, highlight=False)
        self._start = self._last = time.monotonic()
        self._bar: Optional[Progress] = None
        if self.console.is_terminal:
            self._bar = Progress(
                TextColumn('Predict'), BarColumn(), MofNCompleteColumn(),
                TextColumn('{task.fields[rate]:.1f}/s'),
                TimeRemainingColumn(), TextColumn('{task.fields[broken]}'),
                console=self.console)
            self._task = self._bar.add_task('', total=total, rate=0.0,
                                            broken='')

    def __enter__(self) -> 'RunProgress':
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, done: int, broken: int) -> None:
        """Show how many videos are done, and how many of them broken."""
        now = time.monotonic()
        rate = done / max(now - self._start, 1e-9)
        text = f'{broken} broken' if broken else ''
        if self._bar is not None:
            self._bar.update(self._task, completed=done, rate=rate,
                             broken=text)
        elif now - self._last >= self.every_sec or done == self.total:
            self._last = now
            left = timedelta(seconds=round(
                (self.total - done) / rate)) if rate else '?'
            self.console.print(', '.join(filter(None, [
                f'{done}/{self.total} videos', f'{rate:.1f}/s',
                f'{left} left', text])), soft_wrap=True)
