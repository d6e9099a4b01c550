"""Shows progress: a live line for each action; without a terminal, a plain line for each action that is settled."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from popcon.jobs.progress import listen
from popcon.models.summary import ActionSummary
from popcon.models.verdict import Status
from ui.cli.console import err, said, tell

_STYLES = {Status.DONE: "green", Status.FAILED: "red", Status.SKIPPED: "yellow", Status.QUEUED: "dim"}
_BAR = (Status.DRAWING, Status.ANIMATING, Status.CUTTING_OUT, Status.EXPORTING, Status.DONE)


class _ProgressTable:
    def __init__(self, actions: list[str]) -> None:
        self.lines = dict.fromkeys(actions, (Status.QUEUED, ""))
        self.began = time.monotonic()
        self.lock = Lock()

    def update(self, summary: ActionSummary, doing: str) -> None:
        with self.lock:
            before = self.lines[summary.action][0]
            self.lines[summary.action] = (summary.status, doing)
        if not err.is_terminal and before is not summary.status and summary.status.settled:
            tell(f"{summary.action}: {doing}")

    def __rich__(self) -> Group:
        with self.lock:
            lines = dict(self.lines)
        table = Table.grid(padding=(0, 2))
        for name, (status, doing) in lines.items():
            reached = _BAR.index(status) + 1 if status in _BAR else len(_BAR) if status.settled else 0
            bar = "█" * (2 * reached) + "·" * (2 * (len(_BAR) - reached))
            table.add_row(name, Text(bar, style=_STYLES.get(status, "cyan")), Text(said(doing), overflow="ellipsis"))
        settled = sum(status.settled for status, _ in lines.values())
        seconds = time.monotonic() - self.began
        return Group(table, Text(said(f"{settled} of {len(lines)} actions settled, {seconds:.0f} s"), style="dim"))


@contextmanager
def progress(actions: list[str], quiet: bool = False) -> Iterator[None]:
    """Show how each action goes on, until the work in this context is over."""
    if quiet:
        yield
        return
    board = _ProgressTable(actions)
    if err.is_terminal:
        with Live(board, console=err, refresh_per_second=8, transient=False), listen(board.update):
            yield
    else:
        with listen(board.update):
            yield
