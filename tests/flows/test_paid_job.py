"""Whole jobs with the paid engines, each run a process of its own, against a double of the service."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dashscope_double.process import DoubleProcess

from popcon.actions import custom
from popcon.check.checker import check_path
from popcon.jobs.archive import Archive
from popcon.jobs.engine_sets import ENGINE_SETS
from popcon.ledger.bill import job_bill
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import decode_png, encode_png
from popcon.models.job import JobSpec
from popcon.models.results import Frames
from popcon.models.summary import ActionSummary
from popcon.models.verdict import RefinementVerdict, StartFrameVerdict, Status
from popcon.settings import settings
from popcon.storage.store import Store
from tests.flows.runner import run_forked
from ui.cli import main

pytestmark = pytest.mark.alone

ROOT = Path(__file__).parents[2]
WRONG_KEY = "sk-wrong-91c2e0d7b6a54f38"
PICTURE_PRICE, CLIP_PRICE = Decimal("0.20"), Decimal("0.50")


@pytest.fixture(scope="module")
def double() -> Iterator[DoubleProcess]:
    with DoubleProcess() as running:
        yield running


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One Prefect database for all runs: making a fresh one takes longer than a job."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("picture") / "puff.png"
    path.write_bytes(encode_png(draw_mascot(300)))
    return path


class Shop:
    """A person's shell: where they keep things, and the account that they pay with."""

    def __init__(self, double: DoubleProcess, home: Path, folder: Path) -> None:
        self.double, self.home, self.folder = double, home, folder
        self.said: list[str] = []
        double.reset(task_seconds=0.5, pending_seconds=0.1, frames=24, clip_side=240, limits=True)

    def environment(self, **more: str) -> dict[str, str]:
        given = {
            "POPCON_HOME": str(self.home),
            "POPCON_STORE": str(self.folder / "store"),
            **self.double.environment(),
            "POPCON_DASHSCOPE_DRAW_MODEL": "qwen-image-plus",
        }
        kept = {name: value for name, value in os.environ.items() if name not in ("PREFECT_API_URL",)}
        return {name: value for name, value in (kept | given | more).items() if value}

    def start(self, *arguments: str | Path, **more: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "ui.cli", *map(str, arguments), "--json"]
        return subprocess.Popen(
            command, env=self.environment(**more), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def popcon(self, *arguments: str | Path, code: int = 0, **more: str) -> dict[str, Any]:
        """The command's JSON; its exit code has to be `code`."""
        done = run_forked([*map(str, arguments), "--json"], self.environment(**more))
        self.said += [done.stdout, done.stderr]
        assert done.returncode == code, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def make(self, *what: str | Path, **more: Any) -> dict[str, Any]:
        return self.popcon("make", *what, "--engine", "dashscope", "--out", self.folder / "out", **more)

    @property
    def archive(self) -> Archive:
        return Archive(Store(str(self.folder / "store")))

    def bought(self) -> tuple[int, int]:
        """Pictures and clips that the service was made to make."""
        stats = self.double.stats()
        return len(stats["conversations"]), len(stats["creates"])


BIRD = ("--describe", "a round yellow bird", "--actions", "wave,cry", "--title", "Bird")


@pytest.fixture(scope="module")
def whole(double: DoubleProcess, home: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A job from words, undisturbed but for two flawed pictures: the first character, and one start frame."""
    shop = Shop(double, home, tmp_path_factory.mktemp("whole"))
    planned = shop.popcon("plan", *BIRD, "--engine", "dashscope")
    assert not (shop.folder / "store").exists(), "a plan keeps nothing"
    for drawing in ("two", "", "cut"):
        double.play("converse", "drawing", drawing=drawing)
    made = shop.make(*BIRD)
    return {"shop": shop, "planned": planned, "made": made, "bought": shop.bought()}


def test_a_described_character_becomes_a_pack(whole: dict[str, Any]) -> None:
    made, out = whole["made"], whole["shop"].folder / "out"
    assert made["missing"] == {}
    assert made["stickers"] == 2
    broken = {finding.rule for finding in check_path(next(out.glob("*.zip")), "line-emoji").failures}
    assert broken == {"pack.count"}, "two stickers are fewer than LINE's eight, and nothing else is wrong"
    drawn = whole["shop"].double.stats()["conversations"] if whole["shop"].bought() == whole["bought"] else None
    assert whole["bought"] == (5, 2), "flawed pictures were drawn again: one character, one start frame"
    if drawn is not None:
        assert [call["model"] for call in drawn][:2] == ["qwen-image-plus", "qwen-image-plus"]
        assert len({call["parameters"]["seed"] for call in drawn[:2]}) == 2


def test_what_it_costs_is_said_before_and_after(whole: dict[str, Any]) -> None:
    shop, planned = whole["shop"], whole["planned"]
    assert Decimal(planned["total"]) == 3 * PICTURE_PRICE + 2 * CLIP_PRICE
    prices = {(step["step"], step["estimate"]) for step in planned["steps"]}
    assert {("character", "0.20"), ("start_frame", "0.20"), ("take", "0.50"), ("cutouts", "0")} <= prices
    shown = shop.popcon("show", whole["made"]["job"])["bill"]
    assert Decimal(shown["spent"]) == 5 * PICTURE_PRICE + 2 * CLIP_PRICE
    assert sorted({line["action"] for line in shown["lines"]}) == ["", "cry", "wave"]
    report = (shop.folder / "out" / "report.html").read_text()
    assert "<strong>2.00 CNY spent" in report
    chart = report[report.index("<svg") : report.index("</svg>")]
    assert chart.count("<rect") == 3
    assert ">the character</text>" in chart
    again = shop.popcon("plan", *BIRD, "--engine", "dashscope")
    assert again["hits"] == len(again["steps"]), "the plan finds the pictures that were drawn again"
    assert Decimal(again["total"]) == 0


def test_killed_during_the_take_and_short_of_money_buys_nothing_twice(
    double: DoubleProcess, home: Path, picture: Path, tmp_path: Path
) -> None:
    shop = Shop(double, home, tmp_path)
    double.reset(task_seconds=2.0, pending_seconds=0.1, frames=24, clip_side=240, limits=True)
    order = (picture, "--actions", "wave,cry", "--budget", "1.0")
    running = shop.start("make", *order, "--engine", "dashscope", "--out", tmp_path / "out")
    until(lambda: bool(double.stats()["creates"]), 120)
    running.send_signal(signal.SIGKILL)
    shop.said += running.communicate()

    short = shop.make(*order, code=1)
    assert shop.bought() == (2, 1), "the clip that was under way was picked up; another one would pass the budget"
    assert short["stickers"] == 1
    (why,) = short["missing"].values()
    assert "would pass the job's budget of 1.0 CNY: 0.90 CNY are spent" in why
    assert "higher --budget" in why
    archive = shop.archive
    assert job_bill(archive.store, short["job"]).spent == Decimal("0.90")

    raised = shop.make(*order[:-1], "1.40")
    assert raised["job"] == short["job"]
    assert raised["missing"] == {}
    assert shop.bought() == (2, 2)
    bill = job_bill(archive.store, raised["job"])
    assert bill.spent == Decimal("1.40")
    assert bill.by_action() == {"wave": Decimal("0.70"), "cry": Decimal("0.70")}


def test_a_declined_prompt_is_a_sentence(double: DoubleProcess, home: Path, picture: Path, tmp_path: Path) -> None:
    shop = Shop(double, home, tmp_path)
    made = shop.make(picture, "--custom", "scare=gore all over", code=1)
    why = made["missing"]["scare"]
    assert why.startswith("the service declined this prompt: Input data may contain inappropriate content [")
    assert shop.archive.summary(made["job"], "scare").status is Status.FAILED
    assert shop.bought() == (0, 0)
    assert job_bill(shop.archive.store, made["job"]).spent == 0


def test_a_person_changes_a_declined_prompt_and_has_a_frame_redrawn(
    double: DoubleProcess, home: Path, picture: Path, tmp_path: Path
) -> None:
    shop = Shop(double, home, tmp_path)
    archive, store = shop.archive, Store(str(tmp_path / "store"))
    spec = JobSpec(
        title="Asked",
        picture=store.put(picture.read_bytes(), "image/png"),
        actions=(custom("scare=gore all over"),),
        platforms=("line-emoji",),
        engines=ENGINE_SETS["dashscope"],
        review="ask",
    )
    job = archive.place(spec)
    code = f"from pathlib import Path; from flows import inline; inline.run({job.id!r}, {store.url!r}, Path('p'))"
    code = code.replace("Path('p')", f"Path({str(home / 'prefect')!r})")
    running = subprocess.Popen([sys.executable, "-c", code], env=shop.environment(), cwd=ROOT)
    try:
        asked = awaiting(archive, job.id, Status.AWAITING_START_FRAME)
        assert asked.message.startswith("the service declined this prompt")
        assert archive.decide(job.id, "scare", asked.question, StartFrameVerdict(kind="regenerate", prompt="waves"))
        asked = awaiting(archive, job.id, Status.AWAITING_START_FRAME, after=asked.question)
        assert asked.message == ""
        assert "motion: waves" in double.stats()["conversations"][-1]["prompt"]
        archive.decide(job.id, "scare", asked.question, StartFrameVerdict(kind="approve"))

        asked = awaiting(archive, job.id, Status.AWAITING_REFINEMENT)
        before = Frames.model_validate(asked.results["frames"])
        wish = RefinementVerdict(kind="redo_frame", slot=1, prompt="close the eyes")
        archive.decide(job.id, "scare", asked.question, wish)
        asked = awaiting(archive, job.id, Status.AWAITING_REFINEMENT, after=asked.question)
        slot, old = Frames.model_validate(asked.results["frames"]).timeline.slots[1], before.timeline.slots[1]
        assert slot.frame.source.media_type == "image/png"
        assert slot.candidates[0].frame == slot.frame
        assert old.frame in [candidate.frame for candidate in slot.candidates], "the old one can be picked again"
        assert decode_png(store.get(slot.frame.source), 3).shape == (before.height, before.width, 3)
        assert slot.frame in [each.frame for each in cutouts_of(asked)]
        assert double.stats()["conversations"][-1]["prompt"].startswith("Edit this picture: close the eyes.")

        archive.decide(job.id, "scare", asked.question, wish.model_copy(update={"prompt": "more gore"}))
        asked = awaiting(archive, job.id, Status.AWAITING_REFINEMENT, after=asked.question)
        assert asked.message.startswith("the service declined this prompt")
        archive.decide(job.id, "scare", asked.question, RefinementVerdict(kind="approve"))
        assert running.wait(timeout=120) == 0
    finally:
        running.kill()
        running.wait()
    assert archive.summary(job.id, "scare").status is Status.DONE
    assert shop.bought() == (2, 1)
    bill = job_bill(store, job.id)
    picture, clip = f"{PICTURE_PRICE} CNY", f"{CLIP_PRICE} CNY"
    assert bill.by_step() == {"start_frame": picture, "take": clip, "frames": picture}


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"DASHSCOPE_API_KEY": ""}, "set DASHSCOPE_API_KEY"),
        ({"DASHSCOPE_API_KEY": "sk with blanks"}, "copy it again"),
        ({"POPCON_DASHSCOPE_VIDEO_MODEL": "wan9"}, "video model named 'wan9'; choose from wan2.2-kf2v-flash"),
        ({"POPCON_DASHSCOPE_RESOLUTION": "240P"}, "named '240P'; choose from 480P"),
        ({"POPCON_DASHSCOPE_SECONDS": "many"}, "POPCON_DASHSCOPE_SECONDS cannot be used"),
        ({"DASHSCOPE_HTTP_BASE_URL": "ftp://somewhere"}, "DASHSCOPE_HTTP_BASE_URL cannot be used"),
        ({"POPCON_DAY_BUDGET": "lots"}, "POPCON_DAY_BUDGET is 'lots'"),
    ],
)
def test_bad_settings_are_told_before_anything_is_done(
    environment: dict[str, str],
    says: str,
    picture: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert says in refused(picture, tmp_path, monkeypatch, capsys, **environment)


def test_the_estimate_is_agreed_to_before_a_reviewed_job_spends(
    picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    said = refused(picture, tmp_path, monkeypatch, capsys, "--review", "ask")
    assert said == "This is expected to cost 0.70 CNY; agree to it with --yes."


def test_no_key_is_written_anywhere(whole: dict[str, Any], double: DoubleProcess, home: Path, tmp_path: Path) -> None:
    wrong = Shop(double, home, tmp_path)
    refused = wrong.make(*BIRD, code=2, DASHSCOPE_API_KEY=WRONG_KEY)
    assert "does not accept this key in cn-beijing; check DASHSCOPE_API_KEY" in refused["error"]
    said = [*whole["shop"].said, *wrong.said]
    places = [home, whole["shop"].folder, tmp_path]
    files = [path for place in places for path in place.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert {"report.html", "spec.json"} <= names
    for key in (double.key, WRONG_KEY):
        assert not [text for text in said if key in text]
        assert not [path for path in files if key.encode() in path.read_bytes()]


def refused(
    picture: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *more: str,
    **environment: str,
) -> str:
    """The sentence with which an order is refused, in this process: it gets nowhere near Prefect or the service."""
    given = {"POPCON_HOME": str(folder / "home"), "POPCON_STORE": "", "DASHSCOPE_API_KEY": "sk-some-key"}
    for name, value in (given | environment).items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    try:
        order = ("make", str(picture), "--actions", "wave", "--engine", "dashscope", "--out", str(folder / "out"))
        with pytest.raises(SystemExit) as left:
            main([*order, *more, "--json"])
    finally:
        settings.cache_clear()
    assert left.value.code == 2
    assert not (folder / "home" / "prefect").exists()
    error: str = json.loads(capsys.readouterr().out)["error"]
    return error


def until(true: Callable[[], bool], patience: float) -> None:
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def awaiting(archive: Archive, job: str, status: Status, after: str = "") -> ActionSummary:
    """The action's summary, once it waits at another question than `after`."""
    until(
        lambda: (
            (found := archive.summary(job, "scare")).status is Status.FAILED
            or (found.status is status and found.question not in ("", after))
        ),
        120,
    )
    found = archive.summary(job, "scare")
    assert found.status is status, found.message
    return found


def cutouts_of(summary: ActionSummary) -> list[Any]:
    from popcon.models.results import Cutouts

    return list(Cutouts.model_validate(summary.results["cutouts"]).cutouts)
