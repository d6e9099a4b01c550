"""Who pays, what is drawn again without asking, and frames that are drawn anew."""

from decimal import Decimal
from pathlib import Path

import pytest

from popcon.actions import action
from popcon.delivery.report.spending import spending_chart
from popcon.engines.base import Shot
from popcon.errors import EngineCannot
from popcon.jobs.archive import Archive
from popcon.ledger.bill import Bill, BillLine
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.models.artifact import ArtifactRef
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice, JobSpec
from popcon.models.results import Box, Cutouts, Frames, StartFrame
from popcon.models.stage import standing
from popcon.models.timeline import Candidate, FrameRef, Loop, Slot, Timeline
from popcon.models.verdict import RefinementVerdict
from popcon.pipeline import redo_requests
from popcon.pipeline.refusals import Refusal, automatic_verdict, read_refusal, write_refusal
from popcon.pipeline.steps.payment import Payment
from popcon.pipeline.steps.redraw import RedrawInputs, Redrawn, redraw_frame
from popcon.pipeline.steps.take import TakeInputs
from popcon.storage.store import Store


def ref(name: str, media_type: str = "video/mp4") -> ArtifactRef:
    return ArtifactRef(sha256=name * 64, size=1, media_type=media_type)


CLIP = ref("a")


@pytest.fixture
def frames() -> Frames:
    slots = tuple(
        Slot(
            frame=FrameRef(source=CLIP, index=index),
            duration_ms=100,
            candidates=(Candidate(frame=FrameRef(source=CLIP, index=index + 10), score=0.5),),
        )
        for index in range(3)
    )
    loop = Loop(kind="cycle", start=0, stop=3, seam=1)
    return Frames(
        timeline=Timeline(slots=slots, loop=loop), width=8, height=8, crop=Box(left=0, top=0, right=8, bottom=8)
    )


def test_who_pays_is_no_part_of_a_key() -> None:
    def take(payment: Payment) -> TakeInputs:
        return TakeInputs(
            character=CLIP,
            body=Box(left=0, top=0, right=8, bottom=8),
            shot=Shot(action="wave", motion="waves", backdrop="#00d45a"),
            engine=EngineChoice(name="puppet"),
            fingerprint=EngineFingerprint(name="puppet", version="1"),
            start_frame=CLIP,
            payment=payment,
        )

    poor, rich = take(Payment(job="fox-1", budget=Decimal(1))), take(Payment(job="cat-1", action="wave"))
    assert poor.key() == rich.key()
    bought = poor.payment.purchase(Store("memory"), poor, ".1")
    assert (bought.key, bought.step, bought.job, bought.job_budget) == (poor.key() + ".1", "take", "fox-1", Decimal(1))


def test_a_flawed_start_frame_is_drawn_again_twice_at_most() -> None:
    good = StartFrame(picture=CLIP, body=standing(1, 1))
    flawed = good.model_copy(update={"problems": ("There are 2 figures instead of one.",)})
    assert [automatic_verdict(flawed, attempt) for attempt in range(3)] == ["regenerate", "regenerate", "approve"]
    assert automatic_verdict(good, 0) == "approve"
    assert automatic_verdict(Cutouts(cutouts=()), 0) == "approve"


def test_a_refusal_is_kept_with_its_key(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    write_refusal(store, "fox-1", "wave", "k" * 64, Refusal(message="no", prompt="waves"))
    assert read_refusal(store, "fox-1", "wave", "k" * 64) == Refusal(message="no", prompt="waves")
    assert read_refusal(store, "fox-1", "wave", "l" * 64) is None


def test_a_redrawn_frame_plays_and_the_old_one_stays_a_candidate(frames: Frames) -> None:
    new = ref("b", "image/png")
    after = redo_requests.with_redrawn_frame(frames, RefinementVerdict(kind="redo_frame", slot=1), Redrawn(picture=new))
    slot = after.timeline.slots[1]
    assert slot.frame == FrameRef(source=new)
    assert [(each.frame.source, each.frame.index) for each in slot.candidates] == [(new, 0), (CLIP, 1), (CLIP, 11)]
    assert after.timeline.slots[0] == frames.timeline.slots[0]
    again = redo_requests.with_redrawn_frame(after, RefinementVerdict(kind="redo_frame", slot=1), Redrawn(picture=new))
    assert [each.frame.source for each in again.timeline.slots[1].candidates].count(new) == 1


def test_which_frame_is_requested(frames: Frames) -> None:
    def asked(slot: int | None, frame: FrameRef | None = None) -> FrameRef | None:
        return redo_requests.requested_frame(frames, RefinementVerdict(kind="redo_frame", slot=slot, frame=frame))

    picked = FrameRef(source=CLIP, index=12)
    assert asked(2) == FrameRef(source=CLIP, index=2)
    assert asked(2, picked) == picked
    assert asked(2, FrameRef(source=ref("c"))) == FrameRef(source=CLIP, index=2), "never offered there"
    assert asked(3) is None
    assert asked(None) is None


def test_another_take_ends_the_redo_requests_before_it() -> None:
    said = [
        RefinementVerdict(kind="redo_frame", slot=0, prompt="old"),
        RefinementVerdict(kind="another_take"),
        RefinementVerdict(kind="redo_frame", slot=1, prompt="new"),
    ]
    assert [request.prompt for request in redo_requests.redo_requests(said)] == ["new"]


def test_an_engine_that_edits_nothing_says_what_to_do(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    picture = store.put(encode_png(draw_mascot(64)), "image/png")
    inputs = RedrawInputs(
        frame=FrameRef(source=picture),
        wish="close the eyes",
        backdrop="#00d45a",
        seed=0,
        engine=EngineChoice(name="puppet"),
        fingerprint=EngineFingerprint(name="puppet", version="1"),
    )
    with pytest.raises(EngineCannot, match="puppet cannot change a frame by words; paint on it"):
        redraw_frame(inputs, store)


def test_another_budget_is_the_same_job(tmp_path: Path) -> None:
    archive = Archive(Store(str(tmp_path)))

    def spec(budget: str | None, title: str = "Fox") -> JobSpec:
        amount = None if budget is None else Decimal(budget)
        return JobSpec(
            title=title, description="a fox", actions=(action("wave"),), platforms=("gif",), budget_cny=amount
        )

    first = archive.place(spec("1.00"))
    assert first.spec.budget_cny == Decimal("1.00")
    raised = archive.place(spec("2.50"))
    assert raised.id == first.id
    assert raised.spec.budget_cny == Decimal("2.50")
    assert archive.place(spec(None)).spec.budget_cny == Decimal("2.50"), "an order that names none leaves it"
    assert archive.place(spec("1.00")).spec.budget_cny == Decimal("1.00")
    assert archive.place(spec("1.00", "Cat")).id != first.id


def test_the_chart_has_a_bar_for_each_action_and_escapes_names() -> None:
    def line(name: str, price: str) -> BillLine:
        return BillLine(action=name, step="take", what="wan", price=Decimal(price), state="settled")

    bill = Bill(
        lines=(line("wave", "0.50"), line("<cry>", "0.25"), line("wave", "0.50")), spent=Decimal(1), open=Decimal(0)
    )
    drawn = str(spending_chart(bill))
    assert drawn.count("<rect") == 2
    assert 'width="420.0"' in drawn
    assert 'width="105.0"' in drawn
    assert "&lt;cry&gt;" in drawn
    assert "<cry>" not in drawn
    assert str(spending_chart(Bill(lines=(), spent=Decimal(0), open=Decimal(0)))) == ""
