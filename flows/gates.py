"""Where a job waits for a person. A verdict is kept in the store before the run goes on."""

from flows.desk import ActionProgress, Desk
from popcon.models.results import Cutouts, StartFrame
from popcon.models.verdict import Gate, RefinementVerdict, StartFrameVerdict


def start_frame_review(desk: Desk, at: ActionProgress, attempt: int, shown: StartFrame) -> StartFrameVerdict:
    """Ask whether an action starts well."""
    answer = _answer(desk, at, Gate.START_FRAME_REVIEW, attempt)
    return StartFrameVerdict.model_validate(answer or {"kind": "approve"})


def refinement(desk: Desk, at: ActionProgress, attempt: int, shown: Cutouts) -> RefinementVerdict:
    """Ask whether an action is cut out well."""
    return RefinementVerdict.model_validate(_answer(desk, at, Gate.REFINEMENT, attempt) or {"kind": "approve"})


def _answer(desk: Desk, at: ActionProgress, gate: Gate, attempt: int) -> dict[str, object] | None:
    return desk.archive.verdict(desk.job.id, at.action.name, desk.recipe.question(at.action, gate, attempt))
