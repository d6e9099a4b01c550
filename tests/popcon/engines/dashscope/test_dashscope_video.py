"""Clips through the real SDK against the double."""

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import av
import numpy as np
import pytest
from dashscope_double.process import DoubleProcess

from popcon import naming
from popcon.engines.base import Shot
from popcon.engines.dashscope.settings import DashScopeSettings
from popcon.engines.video.dashscope import DashScopeVideo
from popcon.errors import BadInput, DamagedResult, PromptDeclined, ServiceFault, ServiceRefused, UnknownName
from popcon.ledger.bill import bill
from popcon.ledger.ledger import Ledger
from popcon.ledger.limits import ProcessLimits
from popcon.ledger.purchase import read_record
from popcon.ledger.record import PaidStep, State

SECOND: dict[str, Any] = {"prompt_extend": False, "watermark": False}
"""What models of the second generation are sent beside what was ordered."""
THIRD: dict[str, Any] = {"ratio": "1:1", "audio": False}

MakeSettings = Callable[..., DashScopeSettings]
MakeLedger = Callable[..., Ledger]
MakeStep = Callable[..., PaidStep]


def first_frame(clip: bytes) -> Any:
    with av.open(io.BytesIO(clip), "r") as file:
        return next(file.decode(video=0)).to_ndarray(format="rgb24")


def test_a_clip_begins_with_the_start_frame_and_is_bought_once(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any,
) -> None:  # fmt: skip
    book = ledger()
    engine = DashScopeVideo(settings(), book)
    clip = engine.for_step(step()).animate(start_frame, character, shot).data
    again = engine.for_step(step()).animate(start_frame, character, shot).data
    assert again == clip
    shown = first_frame(clip).astype(int)
    small = start_frame[:: 256 // 96][: shown.shape[0], : shown.shape[1]].astype(int)
    assert np.abs(shown[4, 4] - small[4, 4]).max() < 12
    assert np.abs(shown[shown.shape[0] // 2, shown.shape[1] // 2] - (250, 214, 90)).max() < 16
    (create,) = double.stats()["creates"]
    assert create["parameters"] == {
        "resolution": "480P", "duration": 5, "seed": 7, "prompt_extend": False, "watermark": False,
    }  # fmt: skip
    assert "raises the right arm" in create["prompt"]
    assert "two motion lines" in create["prompt"]
    assert "#00d45a" in create["prompt"]
    assert "checkerboard" in create["input"]["negative_prompt"]
    record = read_record(book.store, "key-1")
    assert record is not None
    assert (record.state, record.task_id, record.paid) == (State.SETTLED, create["task_id"], Decimal("0.50"))
    assert record.mark in create["prompt"]
    assert book.spending("fox-1").total == Decimal("0.50")
    assert book.spending("fox-1").open == {}


@pytest.mark.parametrize(
    ("model", "resolution", "pictures", "parameters", "price"),
    [
        ("wan2.2-i2v-plus", "1080P", ["img_url"], SECOND, "3.50"),
        ("wan2.2-kf2v-flash", "480P", ["first_frame_url", "last_frame_url"], SECOND, "0.50"),
        ("wan2.5-i2v-preview", "720P", ["img_url"], SECOND, "3.00"),
        ("wan2.6-i2v-flash", "720P", ["img_url"], {**SECOND, "audio": False}, "0.75"),
        ("wan2.7-i2v", "1080P", ["media"], SECOND, "5.00"),
        ("wan3.0-video", "480P", ["media"], THIRD, "1.50"),
        ("wan3.0-video-prime", "1080P", ["media"], THIRD, "9.00"),
    ],
)
def test_every_model_gets_its_pictures_as_it_wants_them(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any, model: str, resolution: str, pictures: list[str], parameters: dict[str, Any], price: str,
) -> None:  # fmt: skip
    engine = DashScopeVideo(settings(video_model=model, resolution=resolution, seconds=5), ledger())
    engine.for_step(step()).animate(start_frame, character, shot)
    (create,) = double.stats()["creates"]
    assert create["path"] == f"{'image2video' if 'kf2v' in model else 'video-generation'}/video-synthesis"
    assert sorted(name for name in create["input"] if name.endswith("_url") or name == "media") == pictures
    assert create["parameters"] == {**parameters, "resolution": resolution, "duration": 5, "seed": 7}
    assert ("negative_prompt" in create["input"]) == (parameters is not THIRD)
    assert "checkerboard" in (create["prompt"] if parameters is THIRD else create["input"]["negative_prompt"])
    if pictures == ["media"]:
        assert [media["type"] for media in create["input"]["media"]] == ["first_frame", "last_frame"]
    assert engine.ledger.spending("fox-1").spent == engine.price() == Decimal(price)


def test_a_model_that_is_not_in_the_table_comes_by_configuration(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any,
) -> None:  # fmt: skip
    further = {"shape": "first", "rates": {"720P": "0.9"}, "seconds": [2, 4], "per_second": 1, "at_once": 1}
    chosen = settings(video_model="wan9-i2v", resolution="720P", seconds=3, video_models={"wan9-i2v": further})
    book = Ledger(ledger().store, ProcessLimits(chosen.catalogue.allowance), ledger().settings)
    assert DashScopeVideo(chosen, book).price() == Decimal("2.7")
    with pytest.raises(ServiceRefused, match="no model named wan9-i2v"):  # the service itself does not have it
        DashScopeVideo(chosen, book).for_step(step()).animate(start_frame, character, shot)
    assert book.spending("fox-1").total == 0


def test_an_uploaded_picture_arrives(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any,
) -> None:  # fmt: skip
    engine = DashScopeVideo(settings(send_pictures="upload"), ledger())
    engine.for_step(step()).animate(start_frame, character, shot)
    stats = double.stats()
    assert stats["uploads"] == 1
    assert stats["creates"][0]["input"]["img_url"].startswith("oss://dashscope-instant/")


def test_an_upload_that_fails_bought_nothing_and_is_sent_again(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any,
) -> None:  # fmt: skip
    double.play("policy", "reset_after")
    double.play("upload", "reset_before")
    DashScopeVideo(settings(send_pictures="upload"), ledger()).for_step(step()).animate(start_frame, character, shot)
    assert len(double.stats()["creates"]) == 1
    assert not [call for call in double.stats()["calls"] if call["call"] == "list"]


@pytest.mark.parametrize("seconds_in", ["video_duration", "duration", "output_video_duration"])
def test_the_billed_seconds_are_read_wherever_they_are(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any, seconds_in: str,
) -> None:  # fmt: skip
    double.reset(task_seconds=0.2, pending_seconds=0.0, frames=4, clip_side=96, limits=False, usage_key=seconds_in)
    book = ledger()
    chosen = settings(video_model="wan2.6-i2v-flash", resolution="720P", seconds=3)
    DashScopeVideo(chosen, book).for_step(step()).animate(start_frame, character, shot)
    record = read_record(book.store, "key-1")
    assert record is not None
    assert (record.seconds, record.paid) == (3.0, Decimal("0.45"))


# Faults of the create


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset_after"},
        {"kind": "half_json"},
        {"kind": "answer_after", "status": 500, "code": "InternalError"},
        {"kind": "answer_after", "status": 503, "code": "ModelServingError"},
        {"kind": "answer_after", "status": 500, "code": "RequestTimeOut"},
        {"kind": "hang_after", "seconds": 3},
    ],
    ids=["reset", "half an answer", "500", "503", "timed out there", "timed out here"],
)
def test_a_create_that_was_accepted_in_silence_is_found_and_not_sent_again(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any, fault: dict[str, Any],
) -> None:  # fmt: skip
    double.play("create", **fault)
    engine = DashScopeVideo(settings(create_timeout=1.0), ledger())
    clip = engine.for_step(step()).animate(start_frame, character, shot).data
    assert clip[4:8] == b"ftyp"
    assert len(double.stats()["creates"]) == 1
    assert engine.ledger.spending("fox-1").total == Decimal("0.50")


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset_before"},
        {"kind": "page", "status": 502},
        {"kind": "answer", "status": 500, "code": "SystemError"},
        {"kind": "answer", "status": 503, "code": "ModelUnavailable"},
    ],
    ids=["reset", "gateway", "500", "503"],
)
def test_a_create_that_was_not_accepted_is_looked_up_and_sent_again(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any, fault: dict[str, Any],
) -> None:  # fmt: skip
    double.play("create", **fault)
    DashScopeVideo(settings(), ledger()).for_step(step()).animate(start_frame, character, shot)
    stats = double.stats()
    assert len(stats["creates"]) == 1
    calls = [call["call"] for call in stats["calls"] if call["call"] in ("create", "list")]
    assert calls == ["create", "list", "create"]


def test_looking_up_tells_ours_from_tasks_of_others(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any,
) -> None:  # fmt: skip
    engine = DashScopeVideo(settings(), ledger())
    engine.for_step(step("of-another-job", job="cat-1")).animate(start_frame, character, shot)
    double.play("create", "reset_after")
    engine.for_step(step("ours")).animate(start_frame, character, shot)
    theirs, ours = double.stats()["creates"]
    record = read_record(engine.ledger.store, "ours")
    assert record is not None
    assert record.task_id == ours["task_id"] != theirs["task_id"]


def test_a_busy_service_is_asked_again_without_looking_anything_up(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any,
) -> None:  # fmt: skip
    for code in ("Throttling", "Throttling.RateQuota", "Throttling.BurstRate"):
        double.play("create", "answer", status=429, code=code)
    DashScopeVideo(settings(), ledger()).for_step(step()).animate(start_frame, character, shot)
    stats = double.stats()
    assert len(stats["creates"]) == 1
    assert [call["call"] for call in stats["calls"]].count("create") == 4
    assert not [call for call in stats["calls"] if call["call"] == "list"]


def test_a_refused_connection_is_waited_out(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any,
) -> None:  # fmt: skip
    double.refuse(0.5)
    engine = DashScopeVideo(settings(), ledger(unreachable=10.0))
    engine.for_step(step()).animate(start_frame, character, shot)
    assert len(double.stats()["creates"]) == 1


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (400, "InvalidParameter", "does not accept this request"),
        (400, "Arrearage", "in arrears; top it up"),
        (401, "InvalidApiKey", "check DASHSCOPE_API_KEY"),
        (403, "AccessDenied.Unpurchased", "may not use the model wan2.2-i2v-flash"),
        (404, "ModelNotFound", "no model named wan2.2-i2v-flash.*choose wan2.2-kf2v-flash, its successor"),
        (429, "Throttling.AllocationQuota", "free quota of wan2.2-i2v-flash is used up"),
        (403, "CommodityNotPurchased", "activate it in the console"),
        (400, "PrepaidBillOverdue", "overdue; settle it"),
        (400, "PostpaidBillOverdue", "overdue; settle it"),
    ],
)
def test_what_no_repetition_changes_is_said_once_with_what_to_do(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any, status: int, code: str, says: str,
) -> None:  # fmt: skip
    double.play("create", "answer", status=status, code=code, message="words of the service", times=9)
    book = ledger()
    with pytest.raises(ServiceRefused, match=says) as caught:
        DashScopeVideo(settings(), book).for_step(step()).animate(start_frame, character, shot)
    assert "words of the service" in str(caught.value)
    assert [call["call"] for call in double.stats()["calls"]] == ["create"]
    assert book.spending("fox-1").total == 0


@pytest.mark.parametrize("code", ["DataInspectionFailed", "IPInfringementSuspect"])
def test_a_declined_prompt_says_so_and_another_prompt_goes_on(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any, code: str,
) -> None:  # fmt: skip
    double.play("create", "answer", status=400, code=code, message="may contain inappropriate content")
    engine = DashScopeVideo(settings(), ledger())
    with pytest.raises(PromptDeclined, match=r"^the service declined this prompt: may contain inappropriate content"):
        engine.for_step(step()).animate(start_frame, character, shot)
    engine.for_step(step("key-2")).animate(start_frame, character, shot.model_copy(update={"motion": "waves"}))
    assert len(double.stats()["creates"]) == 1


# Faults of the task


def test_a_task_that_the_content_check_stops_is_declined_and_free(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any,
) -> None:  # fmt: skip
    double.play("create", "ending", ending="FAILED", code="DataInspectionFailed", message="Output is inappropriate.")
    book = ledger()
    with pytest.raises(PromptDeclined, match="Output is inappropriate"):
        DashScopeVideo(settings(), book).for_step(step()).animate(start_frame, character, shot)
    assert book.spending("fox-1").total == 0


def test_a_task_that_failed_inside_is_bought_anew_for_nothing_extra(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any,
) -> None:  # fmt: skip
    double.play("create", "ending", ending="FAILED", code="InternalError.Algo", message="try later")
    book = ledger()
    DashScopeVideo(settings(), book).for_step(step()).animate(start_frame, character, shot)
    assert len(double.stats()["creates"]) == 2
    assert book.spending("fox-1").total == Decimal("0.50")


def test_a_service_that_always_fails_ends_in_a_fault(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any,
) -> None:  # fmt: skip
    double.play("create", "ending", ending="FAILED", code="InternalError.Algo", message="try later", times=9)
    with pytest.raises(ServiceFault, match=r"try later \[InternalError.Algo\]. Tried 3 times"):
        DashScopeVideo(settings(), ledger()).for_step(step()).animate(start_frame, character, shot)


def test_polls_outlive_every_passing_fault(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any,
) -> None:  # fmt: skip
    double.play("poll", "answer", status=429, code="Throttling.RateQuota")
    double.play("poll", "reset_before")
    double.play("poll", "page", status=502)
    double.play("poll", "half_json")
    double.play("poll", "answer", status=500, code="InternalError")
    double.play("poll", "slow", seconds=0.3)
    DashScopeVideo(settings(), ledger()).for_step(step()).animate(start_frame, character, shot)
    assert len(double.stats()["creates"]) == 1


def test_a_task_cancelled_elsewhere_is_free_and_ordered_anew_by_the_next_run(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any,
) -> None:  # fmt: skip
    double.play("create", "ending", ending="CANCELED")
    engine = DashScopeVideo(settings(), ledger())
    with pytest.raises(ServiceFault, match="cancelled at the service; nothing was charged"):
        engine.for_step(step()).animate(start_frame, character, shot)
    engine.for_step(step()).animate(start_frame, character, shot)
    assert engine.ledger.spending("fox-1").total == Decimal("0.50")


def test_a_task_forgotten_after_a_day_is_billed_as_lost_and_bought_anew(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any,
) -> None:  # fmt: skip
    double.play("create", "ending", ending="UNKNOWN")
    book = ledger(patience=0.3)
    with pytest.raises(ServiceFault, match="does not know the task"):
        DashScopeVideo(settings(), book).for_step(step()).animate(start_frame, character, shot)
    record = read_record(book.store, "key-1")
    assert record is not None
    yesterday = record.model_copy(update={"sent_at": (record.sent_at or 0) - 25 * 3600})
    book.store.write_json(naming.paid_record("key-1"), yesterday.model_dump(mode="json"))
    DashScopeVideo(settings(), book).for_step(step()).animate(start_frame, character, shot)
    account = bill(book, "fox-1")
    assert [(line.state, line.price) for line in account.lines] == [
        ("lost", Decimal("0.50")), ("settled", Decimal("0.50")),
    ]  # fmt: skip
    assert account.spent == book.spending("fox-1").spent == Decimal("1.00")
    assert "no longer knows the task" in account.lines[0].what


# Faults of the download


def test_downloads_that_break_or_lie_are_tried_again(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any,
) -> None:  # fmt: skip
    double.play("download", "truncate", part=0.6)
    double.play("download", "lie", what="html")
    double.play("download", "lie", what="half")
    double.play("download", "answer", status=503, code="SlowDown")
    clip = DashScopeVideo(settings(), ledger()).for_step(step()).animate(start_frame, character, shot).data
    with av.open(io.BytesIO(clip), "r") as file:
        assert sum(1 for _ in file.decode(video=0)) == 6
    assert len(double.stats()["creates"]) == 1


def test_a_file_that_stays_wrong_is_named_and_what_was_bought_is_kept_for_the_next_run(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any,
) -> None:  # fmt: skip
    double.play("download", "lie", what="html", times=5)
    engine = DashScopeVideo(settings(), ledger())
    with pytest.raises(DamagedResult, match="not a clip: it begins with b'<html>"):
        engine.for_step(step()).animate(start_frame, character, shot)
    engine.for_step(step()).animate(start_frame, character, shot)
    assert len(double.stats()["creates"]) == 1


def test_a_clip_damaged_in_the_store_is_downloaded_again_for_nothing(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any,
) -> None:  # fmt: skip
    engine = DashScopeVideo(settings(), ledger())
    clip = engine.for_step(step()).animate(start_frame, character, shot).data
    record = read_record(engine.ledger.store, "key-1")
    assert record is not None
    assert record.artifact is not None
    engine.ledger.store.write(f"artifacts/{record.artifact.sha256[:2]}/{record.artifact.sha256[2:]}", b"rot")
    assert engine.for_step(step()).animate(start_frame, character, shot).data == clip
    assert len(double.stats()["creates"]) == 1
    assert engine.ledger.spending("fox-1").total == Decimal("0.50")


# Bad input


def test_bad_input_says_what_and_writes_nothing(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any,
) -> None:  # fmt: skip
    book = ledger()

    def animate(made: DashScopeSettings, of: Shot = shot) -> bytes:
        return DashScopeVideo(made, book).for_step(step()).animate(start_frame, character, of).data

    with pytest.raises(BadInput, match="set DASHSCOPE_API_KEY"):
        animate(settings(api_key=None))
    with pytest.raises(BadInput, match="copy it again") as caught:
        animate(settings(api_key="sk-with\nnewline"))
    assert "sk-with" not in str(caught.value)
    with pytest.raises(UnknownName, match=r"no DashScope video model named 'wan3'; choose from wan2\.2-kf2v-flash"):
        animate(settings(video_model="wan3"))
    with pytest.raises(UnknownName, match="no resolution of this model named '720P'; choose from 480P, 1080P"):
        animate(settings(video_model="wan2.2-i2v-plus", resolution="720P"))
    with pytest.raises(BadInput, match="clips of 5 to 5 seconds, not of 7"):
        animate(settings(seconds=7))
    with pytest.raises(BadInput, match=r"motion and effect prompts are too long for this model: cut \d+ characters"):
        animate(settings(), shot.model_copy(update={"motion": "waves " * 140}))
    assert book.store.paths("") == []
    assert double.stats()["calls"] == []


def test_a_wrong_key_is_the_persons_to_mend_and_free(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any,
) -> None:  # fmt: skip
    book = ledger()
    wrong = DashScopeVideo(settings(api_key="sk-wrong-2e8f9a"), book)
    with pytest.raises(ServiceRefused, match="does not accept this key") as caught:
        wrong.for_step(step()).animate(start_frame, character, shot)
    assert "sk-wrong" not in str(caught.value)
    DashScopeVideo(settings(), book).for_step(step()).animate(start_frame, character, shot)
    assert book.spending("fox-1").total == Decimal("0.50")


def test_an_unreachable_host_is_a_fault_with_nothing_owed(
    double: DoubleProcess, settings: MakeSettings, ledger: MakeLedger, step: MakeStep, shot: Shot, start_frame: Any,
    character: Any,
) -> None:  # fmt: skip
    double.refuse(2.5)
    book = ledger(unreachable=0.3)
    with pytest.raises(ServiceFault, match="could not be reached"):
        DashScopeVideo(settings(), book).for_step(step()).animate(start_frame, character, shot)
    record = read_record(book.store, "key-1")
    assert record is not None
    assert record.state is State.RESERVED
    DashScopeVideo(settings(), ledger(unreachable=10)).for_step(step()).animate(start_frame, character, shot)
    assert len(double.stats()["creates"]) == 1
