"""The forms of gates, deadlines, and the orders of schedules: without a server."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from flows import gates, runs
from flows.deadlines import answer_overdue
from flows.forms import ELSEWHERE, RefinementForm, StartFrameForm, form_for
from flows.order_pack import OrderTemplate, order_of_week
from popcon.actions import action
from popcon.errors import BadInput, Fault
from popcon.jobs.archive import Archive
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.models.job import JobSpec
from popcon.models.summary import ActionSummary
from popcon.models.verdict import Gate, Status
from popcon.storage.store import Store

pytestmark = pytest.mark.alone


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path))


def test_a_form_keeps_its_limits_and_shows_the_old_prompt() -> None:
    form = form_for(Gate.START_FRAME_REVIEW, "Does it start well?", "waves its hand")
    schema = form.model_json_schema()["properties"]
    assert schema["prompt"]["default"] == "waves its hand"
    assert schema["prompt"]["maxLength"] == 800
    assert schema["decision"]["enum"] == ["approve", "regenerate", "replace", "skip", ELSEWHERE]
    assert form.model_json_schema()["required"] == ["decision"], "a form that was sent unchanged is refused"
    assert set(form_for(Gate.REFINEMENT, "", "").model_json_schema()["properties"]) == {"decision", "prompt", "slot"}
    with pytest.raises(ValidationError):
        form(decision="approve", prompt="x" * 801)


def test_resuming_without_an_answer_is_no_approval(store: Store) -> None:
    for form in (StartFrameForm(decision=ELSEWHERE), RefinementForm(decision=ELSEWHERE)):
        with pytest.raises(BadInput, match="Nothing was answered in PopCon"):
            form.verdict(store)


@pytest.mark.parametrize("picture", ["../../etc/passwd", "A" * 64, "0" * 63])
def test_a_picture_is_named_by_its_hash_alone(picture: str) -> None:
    with pytest.raises(ValidationError):
        StartFrameForm(decision="replace", picture=picture)


def test_a_picture_of_the_store_replaces_the_start_frame(store: Store) -> None:
    ref = store.put(encode_png(draw_mascot(64)), "image/png")
    said = StartFrameForm(decision="replace", picture=ref.sha256).verdict(store)
    assert said["picture"] == ref
    with pytest.raises(BadInput, match="holds nothing"):
        StartFrameForm(decision="replace", picture="0" * 64).verdict(store)


def test_forms_are_labelled_in_the_language_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = {gate: form_for(gate, "", "jump").model_json_schema() for gate in Gate}
    for language in ("ko", "ja", "zh-Hans", "zh-Hant"):
        monkeypatch.setenv("POPCON_LANG", language)
        for gate in Gate:
            form = form_for(gate, "", "jump")
            for name, field in form.model_json_schema()["properties"].items():
                old = plain[gate]["properties"][name]
                for label in ("title", "description"):
                    assert field.pop(label) != old[label], (language, name)
                assert field == {key: value for key, value in old.items() if key not in ("title", "description")}
            assert form(decision="skip").prompt == ("jump" if gate is Gate.START_FRAME_REVIEW else "")


@pytest.mark.parametrize(("waited", "counts"), [(90, {"kind": "skip"}), (30, None)])
def test_a_deadline_answers_with_what_the_job_said(waited: int, counts: dict[str, str] | None, store: Store) -> None:
    archive = Archive(store)
    spec = JobSpec(
        title="Fox",
        picture=store.put(b"fox", "image/png"),
        actions=(action("wave"),),
        platforms=("line-emoji",),
        review="ask",
        deadline_s=60,
        deadline_verdict="skip",
    )
    job = archive.place(spec)
    since = (datetime.now(UTC) - timedelta(seconds=waited)).isoformat()
    question = "refinement-r00-a000"
    asked = ActionSummary(action="wave", status=Status.AWAITING_REFINEMENT, question=question, asked_at=since)
    archive.summarise(job.id, asked)
    assert len(answer_overdue(archive)) == (1 if counts else 0)
    stored = archive.verdict(job.id, "wave", question)
    assert (stored is None) == (counts is None)
    assert stored is None or stored["kind"] == "skip"
    assert answer_overdue(archive) == [], "answered once"


def test_a_weekly_order_takes_that_weeks_actions_and_is_one_order_a_week(store: Store) -> None:
    picture = store.put(b"fox", "image/png").model_dump()
    order = OrderTemplate.model_validate({"title": "Weekly fox", "picture": picture, "platforms": ["line-emoji"]})
    weeks = [["wave", "cry"], ["laugh"]]
    even, odd = order_of_week(order, weeks, 2026, 46), order_of_week(order, weeks, 2026, 47)
    assert [each.name for each in even.actions] == ["wave", "cry"]
    assert [each.name for each in odd.actions] == ["laugh"]
    assert (even.batch, odd.batch) == ("2026-W46", "2026-W47")
    archive = Archive(store)
    assert archive.place(even).id == archive.place(order_of_week(order, weeks, 2026, 46)).id
    assert archive.place(even).id != archive.place(order_of_week(order, weeks, 2026, 48)).id
    with pytest.raises(BadInput, match="cannot be taken"):
        order_of_week(order, None, 2026, 1)  # neither actions of its own nor a week's


def test_a_pausing_run_finds_its_verdict_also_after_the_server_was_away(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[str] = []

    @contextmanager
    def server() -> Iterator[str]:
        tries.append("asked")
        if len(tries) < 3:
            raise Fault("away")
        yield "client"

    def resume(client: str, run: str) -> bool:
        tries.append(f"resumed {run} by {client}")
        return True

    monkeypatch.setattr(gates, "_LOOK_S", 0.01)
    monkeypatch.setattr(runs, "server", server)
    monkeypatch.setattr(gates, "resume_run", resume)
    context = SimpleNamespace(job=SimpleNamespace(spec=SimpleNamespace(deadline_s=None)), stored_verdict=lambda *_: {})
    progress = SimpleNamespace(
        summary=ActionSummary(action="wave", question="refinement-r00-a000"), action=action("wave")
    )
    watching = Thread(target=gates._watch, args=(context, progress, "run", Event()), daemon=True)
    watching.start()
    watching.join(10)
    assert tries == ["asked"] * 3 + ["resumed run by client"]
