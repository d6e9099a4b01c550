"""Builds the review board of a job: one tile for each action, the present activity, and what to do next."""

import math
import time
from collections.abc import Sequence
from threading import Lock
from typing import Annotated, Any

from cachetools import LRUCache
from fastapi import Depends, Request
from pydantic import ValidationError

from popcon.editing.refinements import Refinements
from popcon.jobs.archive import Job
from popcon.jobs.status import overall
from popcon.locales.catalogs import Translator, translator
from popcon.locales.sentences import say
from popcon.models.action import Action
from popcon.models.results import Cutouts, StartFrame, Sticker, Take
from popcon.models.step import Step
from popcon.models.summary import ActionSummary
from popcon.models.verdict import Gate, Status
from popcon.naming import question, result
from ui.web.job_cards import card_of
from ui.web.shapes import ActionView, FileView, JobView, PackView, pack_title, sticker_view
from ui.web.state import CACHE_TTL_S, AppState

MAX_BOARDS = 24

_WORKING = (Status.DRAWING, Status.ANIMATING, Status.CUTTING_OUT, Status.EXPORTING)


def board(app_state: AppState, job: Job, t: Translator, mark: str | None = None) -> JobView:
    """Build the review board of a job.

    Arguments:
        t: the messages of the language that the board is in.
        mark: the job's change mark, if it was just read.
    """
    job_summary = app_state.prefetch(lambda: app_state.archive.job_summary(job.id))
    summaries = app_state.summaries(job, mark)
    state = app_state.runner.state(job.id)
    pairs = zip(job.spec.actions, summaries, strict=True)
    tiles = tuple(app_state.map(lambda pair: _tile(app_state, job, t, *pair), pairs))
    # An action that was answered counts as running, although its summary says so only once a run has read the answer.
    states = [Status.ANIMATING if each.answered else each.status for each in tiles]
    card = card_of(job, summaries, state).model_copy(update={"status": overall(states, state)})
    whole = job_summary()
    settled = all(each.status.settled for each in summaries)
    packs = tuple(
        PackView(
            platform=pack.edition,
            title=pack_title(pack, t.language),
            file=FileView(
                url=f"/api/jobs/{job.id}/packs/{pack.edition}",
                media_type=pack.file.media_type,
                bytes=pack.file.size,
            ),
            accepted=pack.accepted,
            files=len(pack.files),
            notes=tuple(say(note, t.language) for note in pack.notes),
        )
        for pack in whole.packs
    )
    problem = say(app_state.runner.problem(job.id), t.language)
    return JobView(
        card=card,
        spec=job.spec,
        running=state,
        problem=problem,
        now=_activity(t, tiles, card.status, problem) + _time_left(app_state, t, job, summaries, state),
        next=_next_step(t, tiles, card.status, bool(packs) and settled, problem),
        actions=tiles,
        packs=packs if settled and state != "running" else (),
        sheets={name: f"/api/jobs/{job.id}/sheets/{name}" for name in whole.sheets},
    )


class Boards:
    """A cache of review boards, each built again only when its job has changed.

    Arguments:
        app_state: the state whose jobs are shown.
    """

    def __init__(self, app_state: AppState) -> None:
        self._state = app_state
        self._cache: LRUCache[tuple[str, str], tuple[tuple[object, ...], float, JobView]] = LRUCache(MAX_BOARDS)
        self._lock = Lock()

    def of(self, job_id: str, language: str) -> JobView:
        """Return the board of a job in a language as it is now: the same object while nothing has changed.

        Raises:
            UnknownName: there is no such job.
        """
        app_state = self._state
        mark = app_state.mark(job_id)
        key = job_id, language
        with self._lock:
            cached = self._cache.get(key)
        stamp = (mark, app_state.runner.state(job_id), app_state.runner.problem(job_id), app_state.edited.get(job_id))
        if cached is not None and mark and cached[0] == stamp and time.monotonic() - cached[1] < CACHE_TTL_S:
            return cached[2]
        view = board(app_state, app_state.job(job_id, mark), translator(language), mark)
        if cached is not None and cached[2] == view:
            view = cached[2]
        with self._lock:
            self._cache[key] = (stamp, time.monotonic(), view)
        return view


def boards(request: Request) -> Boards:
    """Return the boards of the app that a request came to (a FastAPI dependency)."""
    found: Boards = request.app.state.boards
    return found


BoardsDep = Annotated[Boards, Depends(boards)]


def _tile(app_state: AppState, job: Job, t: Translator, action: Action, summary: ActionSummary) -> ActionView:
    base = f"/api/jobs/{job.id}/actions/{action.name}"
    results = summary.results
    start, take = _read(StartFrame, results.get(result("start_frame"))), _read(Take, results.get(result("take")))
    cutouts = _read(Cutouts, results.get(result("cutouts")))
    stickers: dict[str, FileView] = {}
    for name in job.spec.editions:
        sticker = _read(Sticker, results.get(result("sticker", name)))
        if sticker is not None:
            stickers[name] = sticker_view(f"{base}/stickers/{name}", sticker, t.language)
    answered = summary.status.awaiting and not app_state.archive.asks(job.id, summary)
    return ActionView(
        name=action.name,
        title=action.title,
        emoji=action.emoji[0],
        motion=action.motion,
        effect=action.effect,
        status=summary.status,
        message=say(summary.message, t.language),
        next=t("next.answered") if answered else t(f"next.{summary.status}"),
        question=summary.question,
        answered=answered,
        declined=not answered and is_declined(summary),
        prompt=_prompt(app_state, job, action, summary),
        start_frame=start
        and FileView(
            url=f"{base}/start-frame?v={start.picture.sha256[:8]}",
            media_type=start.picture.media_type,
            bytes=start.picture.size,
        ),
        clip=take
        and FileView(
            url=f"{base}/clip?v={take.clip.sha256[:8]}",
            media_type=take.clip.media_type,
            width=take.width,
            height=take.height,
            bytes=take.clip.size,
        ),
        stickers=stickers,
        notes=tuple(
            say(each, t.language)
            for each in (
                *(cutouts.notes if cutouts else ()),
                *(start.problems if start else ()),
                *(start.notes if start else ()),
            )
        ),
        doubtful=sum(each.doubtful for each in cutouts.cutouts) if cutouts else 0,
        takes=sum(step.step is Step.TAKE for step in summary.steps),
        refinable=cutouts is not None and summary.status in (Status.AWAITING_REFINEMENT, Status.DONE),
        edited=cutouts is not None and bool(Refinements(app_state.store, job.id, action.name).any()),
    )


def is_declined(summary: ActionSummary) -> bool:
    """Tell whether a question has no picture: the service declined the prompt, and another prompt may pass."""
    if not summary.message:
        return False
    without = summary.status is Status.AWAITING_REFINEMENT and result("cutouts") not in summary.results
    return summary.status is Status.AWAITING_START_FRAME or without


def _prompt(app_state: AppState, job: Job, action: Action, summary: ActionSummary) -> str:
    """Find the motion prompt that the present question is about: a person's last one, or the action's own."""
    gate = next((each for each in Gate if summary.question.startswith(each)), None)
    if gate is None:
        return action.motion
    head, _, attempt = summary.question.rpartition("-a")
    revision = int(head.rpartition("-r")[2])
    for number in range(int(attempt) - 1, -1, -1):
        verdict = app_state.archive.verdict(job.id, action.name, question(gate, revision, number))
        if verdict and verdict.get("prompt") and verdict.get("kind") != "redo_frame":
            return str(verdict["prompt"])
    return action.motion


def _activity(t: Translator, tiles: Sequence[ActionView], status: str, problem: str) -> str:
    if problem:
        return t("activity.problem", problem=problem)
    if status == "stopped":
        return t("activity.idle")
    if status == "queued":
        return t("activity.queued")
    waiting = [each for each in tiles if each.status.awaiting and not each.answered]
    working = [each for each in tiles if each.status in _WORKING]
    parts = []
    if len(working) == 1:
        [only] = working
        parts.append(t(f"activity.{only.status}", name=t.title_of(only.name, only.title)))
    elif working:
        parts.append(t("activity.several", count=len(working)))
    if waiting:
        parts.append(t("activity.waiting", count=len(waiting)))
    done = sum(each.status is Status.DONE for each in tiles)
    if not parts:
        return t("activity.finished", done=done, total=len(tiles)) if done else t("activity.ready")
    return t("activity.sum", parts=t("activity.separator").join(parts), done=done, total=len(tiles))


def _time_left(app_state: AppState, t: Translator, job: Job, summaries: Sequence[ActionSummary], state: str) -> str:
    """Say how long a running job will take, as recent jobs of this store did; nothing where that is not known."""
    if state != "running":
        return ""
    left = app_state.durations.now().left(job.spec, summaries)
    if left is None:
        return ""
    return t("activity.soon") if left < 60 else t("activity.left", count=math.ceil(left / 60))


def _next_step(t: Translator, tiles: Sequence[ActionView], status: str, packed: bool, problem: str) -> str:
    if problem or status == "stopped":
        return t("job_next.continue")
    states = [each.status for each in tiles if not each.answered]
    if Status.AWAITING_START_FRAME in states:
        return t("job_next.start_frames")
    if Status.AWAITING_REFINEMENT in states:
        return t("job_next.cutouts")
    if status == "done":
        return t("job_next.download") if packed else t("job_next.assembling")
    if status == "failed":
        return t("job_next.failed")
    return t("job_next.leave")


def _read(kind: Any, value: dict[str, Any] | None) -> Any:
    if value is None:
        return None
    try:
        return kind.model_validate(value)
    except ValidationError:  # of another version: shown as not there yet
        return None
