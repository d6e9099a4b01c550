"""Finds the task of a request whose answer was lost, or says that it cannot be told.

The service's list shows no prompts, and a task shows its prompt only when it has ended, if at all. So every task of the
model that began in time is a candidate until something proves that it is another: that it failed or was cancelled (both
are free), that our own ledger names it for another purchase, or that it shows another prompt whole. A task that has
ended and shows no prompt, one of unknown status, and a list that is cut off prove nothing: an unknown outcome is no
licence to buy.
"""

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from popcon.errors import ServiceFault
from popcon.ledger.vendor import LostRequest

PAGE = 100
"""Rows of a page of the list that are asked for."""

_SKEW = 900.0
"""Seconds by which our clock and the service's may differ."""

_LONGEST = 1800.0
"""Seconds to wait for the ends of candidates."""

_FREE = ("FAILED", "CANCELED")
_UNDER_WAY = ("PENDING", "RUNNING")
_MARK = re.compile(r"\(ref [0-9a-f]{12}\)\s*$")


class Search:
    """One search.

    Arguments:
        request: whose task is looked for.
        page: gives a page of the list, by number from 1.
        fetch: gives output and usage of a task.
        pause: seconds between two rounds of looking.
    """

    def __init__(
        self,
        request: LostRequest,
        page: Callable[[int], Mapping[str, Any]],
        fetch: Callable[[str], tuple[Mapping[str, Any], Any]],
        pause: float,
    ) -> None:
        self._request, self._page, self._fetch, self._pause = request, page, fetch, pause

    def run(self) -> str | None:
        """Return the id of the task; None where there certainly is none.

        Raises:
            ServiceFault: it cannot be told.
        """
        begun = time.monotonic()
        candidates, whole = self._listed()
        others: frozenset[str] | None = None
        while candidates:
            under_way = False
            for task_id in list(candidates):
                output, _ = self._fetch(task_id)
                shown, status = shown_prompt(output), output.get("task_status")
                if self._request.mark in shown:
                    return task_id
                if status in _FREE or is_foreign(shown, self._request.prompt):
                    candidates.remove(task_id)
                else:
                    under_way = under_way or status in _UNDER_WAY
            if candidates and others is None:
                others = self._request.others()
                candidates = [task_id for task_id in candidates if task_id not in others]
            if candidates and not under_way:
                raise ServiceFault(
                    f"DashScope does not show whose {len(candidates)} of its tasks are, and one of them may be ours."
                )
            if candidates:
                if time.monotonic() - begun > _LONGEST:
                    raise ServiceFault("DashScope has not finished the tasks among which the lost one has to be.")
                time.sleep(self._pause)
        if not whole:
            raise ServiceFault("DashScope's list of tasks is cut off.")
        return None

    def _listed(self) -> tuple[list[str], bool]:
        """Return ids of the tasks that may be the one, newest first, and whether the list was whole."""
        rows: dict[str, Mapping[str, Any]] = {}
        total, number = None, 0
        while number < 1000:
            number += 1
            page = self._page(number)
            found = page.get("data") or []
            rows.update((str(row["task_id"]), row) for row in found if row.get("task_id"))
            total = page.get("total", total)
            if not found or (total is not None and len(rows) >= int(total)):
                break
        whole = number < 1000 and (total is None or len(rows) >= int(total))
        since = (self._request.since - _SKEW) * 1000
        return [
            task_id
            for task_id, row in rows.items()
            if row.get("gmt_create", since) >= since and row.get("status") not in _FREE
        ], whole


def shown_prompt(output: Mapping[str, Any]) -> str:
    """Read the prompt that a task shows, wherever its kind has it; "" where it shows none."""
    results = output.get("results") or [{}]
    return str(output.get("orig_prompt") or (results[0] or {}).get("orig_prompt") or "")


def is_foreign(shown: str, ours: str) -> bool:
    """Tell whether a shown prompt proves that a task is another's.

    A prompt that ends with another mark was shown whole. One that begins otherwise than ours is another's, however
    much of it is shown; one that is a part of ours may be ours with its end, and so its mark, cut off.

    Arguments:
        shown: without the mark of the request that is looked for.
        ours: what that request asked for; "" where it is not known.
    """
    if not shown.strip():
        return False
    if _MARK.search(shown):
        return True
    mine, theirs = _plain(ours), _plain(shown.rstrip(" .…"))
    return bool(mine) and not mine.startswith(theirs)


def _plain(text: str) -> str:
    return " ".join(text.split())
