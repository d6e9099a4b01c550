"""The API: orders, the archive, downloads, refinements, masks."""

import base64
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from popcon import naming
from popcon.actions import action
from popcon.jobs.archive import Archive, Job
from popcon.media.mascot import draw_mascot
from popcon.media.pictures import picture as reading
from popcon.media.pictures.character import make_character
from popcon.media.pictures.picture import load_picture
from popcon.media.pictures.png import decode_png, encode_png
from popcon.models.job import JobSpec
from popcon.models.results import Box, Character, Sticker
from popcon.models.verdict import Gate, Status
from popcon.naming import question
from popcon.pipeline.inputs import StepInputsBuilder
from tests.ui.web.conftest import carry_out
from ui.web.routers import pages

MASCOT = encode_png(draw_mascot(200))


def edit_session(client: TestClient, job: Job) -> dict[str, Any]:
    view: dict[str, Any] = client.get(f"/api/jobs/{job.id}/actions/wave/edit-session").json()
    return view


def order(client: TestClient, **changes: Any) -> Any:
    files = {"picture": ("my fox.png", changes.pop("picture", MASCOT), "image/png")}
    return client.post("/api/jobs", data={"actions": "wave,bow", "review": "ask", **changes}, files=files)


def test_an_order_is_placed_started_and_shown(client: TestClient) -> None:
    answer = order(client, custom=json.dumps([{"name": "Spin", "motion": "turns once", "effect": "stars"}]), budget="3")
    assert answer.status_code == 201
    view = answer.json()
    assert view["card"]["title"] == "my fox"
    assert [each["name"] for each in view["actions"]] == ["wave", "bow", "spin"]
    assert view["spec"]["budget_cny"] == "3"
    assert client.app.state.app_state.runner.started == [view["card"]["id"]]  # type: ignore[attr-defined]
    again = order(client, custom=json.dumps([{"name": "Spin", "motion": "turns once", "effect": "stars"}]), budget="3")
    assert again.json()["card"]["id"] == view["card"]["id"], "the same order is the same job"


@pytest.mark.parametrize(
    ("changes", "settings"),
    [({}, {}), ({"shadow": "keep"}, {"shadow": "keep"}), ({"shadow": ""}, {})],
)
def test_an_order_says_what_becomes_of_soft_shadows(
    client: TestClient, changes: dict[str, str], settings: dict[str, str]
) -> None:
    assert order(client, **changes).json()["spec"]["engines"]["matte"] == {"name": "keyed", "settings": settings}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"picture": b"not a picture"}, "not a picture"),
        ({"picture": MASCOT[:500]}, "ends early"),
        ({"actions": "fly"}, "no action named 'fly'"),
        ({"platforms": "myspace"}, "no platform named"),
        ({"platforms": ","}, "at least one platform"),
        ({"custom": "{"}, "JSON list"),
        ({"custom": '[{"name": "wave", "motion": "x"}]'}, "name of a preset"),
        ({"budget": "much"}, "not an amount"),
        ({"budget": "-1"}, "0 or more"),
        ({"budget": "NaN"}, "0 or more"),
        ({"matte": "scissors"}, "no matte engine"),
        ({"shadow": "dim"}, "shadow"),
        ({"matte": "birefnet"}, "needs the setting `path`"),
        ({"segment": "magic"}, "no segment engine"),
        ({"describe": "a cat"}, "one character"),
        ({"engine": "magic"}, "engine"),
        ({"seed": "-4"}, "seed"),
    ],
)
def test_an_order_that_cannot_be_made_is_refused_and_changes_nothing(
    client: TestClient, archive: Archive, changes: dict[str, Any], sentence: str
) -> None:
    before = archive.ids()
    answer = order(client, **changes)
    assert 400 <= answer.status_code < 500
    assert sentence in answer.json()["error"]
    assert archive.ids() == before
    assert client.app.state.app_state.runner.started == []  # type: ignore[attr-defined]


def test_a_plan_orders_nothing(client: TestClient, archive: Archive) -> None:
    before = archive.ids()
    plan = client.post("/api/plan", data={"actions": "wave"}, files={"picture": ("a.png", MASCOT)}).json()
    assert plan["to_do"] == len(plan["plan"]["steps"]) > 5
    assert "free of charge" in plan["sentence"]
    assert archive.ids() == before


def test_engines_are_offered_with_the_currency_of_their_account(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POPCON_OPENAI_MODEL", "")
    offered = {each["name"]: each for each in client.get("/api/catalogue").json()["engines"]}
    assert "model" in offered["openai"]["why_not"]
    for name, value in {"MODEL": "gpt-image-1", "PRICE": "0.04", "API_KEY": "sk-none"}.items():
        monkeypatch.setenv(f"POPCON_OPENAI_{name}", value)
    catalogue = client.get("/api/catalogue").json()
    offered = {each["name"]: each for each in catalogue["engines"]}
    assert list(offered) == ["embedded", "dashscope", "openai"]
    assert [(each["currency"], each["draws"]) for each in (offered["embedded"], offered["openai"])] == [
        ("", False),
        ("USD", True),
    ]
    assert catalogue["motions"] == ["pop", "type", "shake", "wave", "glow"]
    wanted = {"actions": "wave,cry", "engine": "openai", "review": "ask"}
    plan = client.post("/api/plan", data=wanted, files={"picture": ("a.png", MASCOT)}).json()
    assert plan["cost"] == "0.08 USD"
    assert plan["sentence"].endswith("about 0.08 USD.")


def test_the_archive_is_searched_and_filtered(client: TestClient, job: Job) -> None:
    order(client, title="A red fox")
    everything = client.get("/api/jobs").json()
    assert everything["total"] == 2
    assert [each["title"] for each in everything["jobs"]] == ["A red fox", "Puff"]
    assert everything["counts"] == {"done": 1, "stopped": 1}
    assert [each["id"] for each in client.get("/api/jobs?q=PUFF+cry").json()["jobs"]] == [job.id]
    assert client.get("/api/jobs?status=done").json()["jobs"][0]["title"] == "Puff"
    assert client.get("/api/jobs?q=elephant").json()["total"] == 0
    assert client.get("/api/jobs?limit=1&offset=1").json()["jobs"][0]["title"] == "Puff"


def test_a_job_says_what_is_and_what_to_do(client: TestClient, job: Job) -> None:
    view = client.get(f"/api/jobs/{job.id}").json()
    assert view["now"] == "2 of 2 actions are finished."
    assert view["next"] == "Download your pack."
    assert view["packs"][0]["platform"] == "line-emoji"
    wave = view["actions"][0]
    for made in (wave["start_frame"], wave["clip"], wave["stickers"]["line-emoji"]):
        got = client.get(made["url"])
        assert got.headers["content-type"] == made["media_type"]
        assert len(got.content) == made["bytes"]
        assert "immutable" in got.headers["cache-control"]
        replaced = made["url"].partition("?")[0] + "?v=00000000"
        assert client.get(replaced).headers["cache-control"] == "private, no-cache"
    with zipfile.ZipFile(io.BytesIO(client.get(view["packs"][0]["file"]["url"]).content)) as pack:
        assert "001.png" in pack.namelist()


def test_an_answer_shows_before_a_run_has_taken_it_up(client: TestClient, archive: Archive, job: Job) -> None:
    asked = question(Gate.REFINEMENT, 0, 0)
    for each in job.spec.actions:
        summary = archive.summary(job.id, each.name)
        waiting = summary.model_copy(update={"status": Status.AWAITING_REFINEMENT, "question": asked})
        archive.summarise(job.id, waiting)
    before = client.get(f"/api/jobs/{job.id}").json()
    assert (before["card"]["status"], [each["answered"] for each in before["actions"]]) == ("needs_you", [False, False])
    verdict = {"gate": "refinement", "kind": "approve", "question": asked}
    assert client.post(f"/api/jobs/{job.id}/actions/wave/verdict", json=verdict).json()["stored"]
    between = client.get(f"/api/jobs/{job.id}").json()
    assert [each["answered"] for each in between["actions"]] == [True, False]
    assert between["now"].startswith("1 waits for you")
    assert client.post(f"/api/jobs/{job.id}/verdicts", json={"gate": "refinement"}).status_code == 200
    after = client.get(f"/api/jobs/{job.id}").json()
    assert after["card"]["status"] == "stopped", "nobody is asked any more, and this app's runner does nothing"
    assert after["next"].startswith("Continue the job")


def test_only_what_was_seen_is_approved_and_nothing_that_was_declined(
    client: TestClient, archive: Archive, job: Job
) -> None:
    asked = question(Gate.REFINEMENT, 0, 1)
    waiting = {"status": Status.AWAITING_REFINEMENT, "question": asked}
    wave, cry = (archive.summary(job.id, name).model_copy(update=waiting) for name in ("wave", "cry"))
    archive.summarise(job.id, wave)
    archive.summarise(job.id, cry.model_copy(update={"message": "The service declined these words.", "results": {}}))
    declined = {each["name"]: each["declined"] for each in client.get(f"/api/jobs/{job.id}").json()["actions"]}
    assert declined == {"wave": False, "cry": True}

    def approved(seen: dict[str, str] | None) -> list[bool]:
        body = {"gate": "refinement", "seen": seen}
        return [each["stored"] for each in client.post(f"/api/jobs/{job.id}/verdicts", json=body).json()]

    assert approved({"cry": asked, "nobody": asked}) == []
    assert approved({"wave": question(Gate.REFINEMENT, 0, 0)}) == [False], "another take has come since"
    assert archive.asks(job.id, wave)
    assert approved(None) == [True]
    assert archive.asks(job.id, cry.model_copy(update=waiting))


def test_a_described_character_is_shown_as_soon_as_it_is_drawn(client: TestClient, archive: Archive) -> None:
    reference = archive.store.put(encode_png(np.full((80, 160, 3), 200, np.uint8)), "image/png")
    spec = JobSpec(
        title="Cat", description="a cat", reference=reference, actions=(action("wave"),), platforms=("line-emoji",)
    )
    job = archive.place(spec)
    url = f"/api/jobs/{job.id}/portrait"
    assert decode_png(client.get(url).content, 4).shape == (80, 160, 4)
    drawn = archive.store.put(MASCOT, "image/png")
    body = Box(left=0, top=0, right=200, bottom=200)
    character = Character(picture=drawn, body=body, backdrop="#00c060")
    record = naming.step_record(StepInputsBuilder(archive, job).character().key())
    archive.store.write_json(record, {"result": character.model_dump_json()})
    assert decode_png(client.get(url).content, 4).shape == (160, 160, 4)


def test_a_part_of_a_clip_can_be_asked_for(client: TestClient, job: Job) -> None:
    url = f"/api/jobs/{job.id}/actions/wave/clip"
    whole = client.get(url).content
    part = client.get(url, headers={"range": "bytes=10-19"})
    assert part.status_code == 206
    assert part.content == whole[10:20]
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole)}"
    assert client.get(url, headers={"range": "bytes=99999999-"}).content == whole
    etag = client.get(url).headers["etag"]
    assert client.get(url, headers={"if-none-match": etag}).status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "/api/jobs/no-such-job",
        "/api/jobs/..%2F..%2Fetc",
        "/api/jobs/%00",
        "/api/jobs/{job}/actions/fly/clip",
        "/api/jobs/{job}/actions/..%2F..%2Fspec/clip",
        "/api/jobs/{job}/actions/wave/stickers/..%2F..",
        "/api/jobs/{job}/packs/telegram-emoji",
        "/api/jobs/{job}/sheets/x",
        "/api/jobs/{job}/actions/wave/frames/000000000000-3",
        "/artifacts/" + "0" * 64,
        "/static/../app.py",
        "/static/%2e%2e/app.py",
    ],
)
def test_what_is_not_there_is_said_so(client: TestClient, job: Job, path: str) -> None:
    answer = client.get(path.format(job=job.id))
    assert answer.status_code == 404
    assert "error" in answer.json()


def test_only_pictures_are_shown_by_their_hash(client: TestClient, archive: Archive, job: Job) -> None:
    clip = archive.summary(job.id, "wave").results["take"]["clip"]["sha256"]
    frame = archive.summary(job.id, "wave").results["start_frame"]["picture"]["sha256"]
    assert client.get(naming.artifact_page(clip)).status_code == 404
    assert client.get(naming.artifact_page(frame)).headers["content-type"] == "image/png"


def test_redo_says_what_it_takes_before_and_does_it(client: TestClient, job: Job) -> None:
    nothing = client.get(f"/api/jobs/{job.id}/plan").json()
    assert nothing["to_do"] == 0
    take = client.get(f"/api/jobs/{job.id}/plan?step=take&action=wave").json()
    steps = {step["label"] for step in take["plan"]["steps"] if not step["cached"]}
    assert "animate wave" in steps
    assert not any("cry" in label for label in steps)
    assert client.get(f"/api/jobs/{job.id}/plan").json()["to_do"] == 0, "asking changed nothing"
    assert client.post(f"/api/jobs/{job.id}/redo", json={"step": "take", "action": "wave"}).status_code == 200
    assert client.app.state.app_state.runner.started == [f"{job.id}:take:wave"]  # type: ignore[attr-defined]
    assert client.post(f"/api/jobs/{job.id}/redo", json={"step": "dream"}).status_code == 422


def test_a_deleted_job_can_be_brought_back_for_a_day(client: TestClient, store: Path, job: Job) -> None:
    assert client.delete(f"/api/jobs/{job.id}").status_code == 200
    assert client.get(f"/api/jobs/{job.id}").status_code == 404
    assert client.get(f"/api/jobs/{job.id}/packs/line-emoji").status_code == 404
    assert client.app.state.app_state.runner.stopped == [job.id]  # type: ignore[attr-defined]
    assert client.get("/api/jobs").json()["total"] == 0
    (gone,) = client.get("/api/jobs?status=deleted").json()["jobs"]
    assert (gone["id"], gone["status"]) == (job.id, "deleted")
    assert gone["deleted_at"]
    assert client.post(f"/api/jobs/{job.id}/restore").json()["card"]["id"] == job.id
    assert client.get("/api/jobs").json()["total"] == 1
    client.delete(f"/api/jobs/{job.id}")
    (store / naming.tombstone(job.id)).write_text('{"at": "2020-01-01T00:00:00.000+00:00"}')
    assert client.post(f"/api/jobs/{job.id}/restore").status_code == 400


def test_deleting_again_finishes_what_died_half_way(client: TestClient, store: Path, job: Job) -> None:
    assert client.get("/api/jobs").json()["total"] == 1
    tombstone = store / naming.tombstone(job.id)
    tombstone.parent.mkdir(exist_ok=True)
    tombstone.write_text('{"at": "2999-01-01T00:00:00.000+00:00"}')  # nobody was told, and nothing was stopped
    assert client.delete(f"/api/jobs/{job.id}").status_code == 200
    assert client.app.state.app_state.runner.stopped == [job.id]  # type: ignore[attr-defined]
    assert client.get("/api/jobs").json()["total"] == 0
    assert client.delete("/api/jobs/none").status_code == 404


def test_a_duplicate_is_a_job_of_its_own(client: TestClient, job: Job) -> None:
    made = client.post(f"/api/jobs/{job.id}/duplicate").json()
    assert made["card"]["id"] != job.id
    assert made["spec"]["picture"] == job.spec.picture.model_dump(mode="json")  # type: ignore[union-attr]


def test_the_bench_shows_the_timeline_and_its_pictures(client: TestClient, job: Job) -> None:
    view = edit_session(client, job)
    assert (view["width"], view["height"]) == (240, 240)
    frame = view["slots"][2]["frame"]
    base = f"/api/jobs/{job.id}/actions/wave"
    raw = decode_png(client.get(f"{base}/frames/{frame}").content, 3)
    cut = decode_png(client.get(f"{base}/cutouts/{frame}").content, 4)
    assert raw.shape == (240, 240, 3)
    assert cut.shape == (240, 240, 4)
    inside = cut[..., 3] == 255
    # The frame went through a video codec at half-size colour, the cutout is exact: they agree away from edges.
    light = np.asarray(cut[..., :3].astype(float) @ (0.299, 0.587, 0.114), np.float32)
    flat = inside & (cv2.dilate(light, np.ones((9, 9))) - cv2.erode(light, np.ones((9, 9))) < 12)
    assert flat.mean() > 0.02
    assert np.abs(raw[flat].astype(int) - cut[..., :3][flat]).mean() < 2
    assert np.array_equal(decode_png(client.get(f"{base}/refined/{frame}").content, 4), cut)


def test_clicks_become_a_mask_and_saved_strokes_a_cutout(client: TestClient, job: Job) -> None:
    frame = edit_session(client, job)["slots"][0]["frame"]
    base = f"/api/jobs/{job.id}/actions/wave"
    asked = {"job": job.id, "action": "wave", "frame": frame, "clicks": [{"x": 120, "y": 150, "positive": True}]}
    answer = client.post("/api/masks/predict", json=asked)
    mask = np.array(Image.open(io.BytesIO(answer.content)))
    assert mask.shape == (240, 240, 4)
    assert mask[150, 120, 3] == 255
    assert mask[3, 3, 3] == 0
    assert 0 <= float(answer.headers["x-score"]) <= 1
    stroke = {"points": [{"x": 100, "y": 150}, {"x": 140, "y": 150}], "radius": 6, "mode": "erase"}
    body = {"base": 0, "clicks": [], "strokes": [stroke]}
    saved = client.put(f"{base}/frames/{frame}/refinement", json=body, headers={"x-popcon-author": "Ann"}).json()
    assert (saved["version"], saved["by"]) == (1, "Ann")
    cut = decode_png(client.get(f"{base}/refined/{frame}").content, 4)
    assert cut[150, 120, 3] == 0
    assert cut[130, 120, 3] == 255


def test_the_later_save_of_a_frame_is_told_of_the_other(client: TestClient, job: Job) -> None:
    frame = edit_session(client, job)["slots"][0]["frame"]
    url = f"/api/jobs/{job.id}/actions/wave/frames/{frame}/refinement"
    click = {"clicks": [{"x": 9, "y": 9}]}
    assert client.put(url, json={"base": 0, **click}, headers={"x-popcon-author": "Ann"}).status_code == 200
    late = client.put(url, json={"base": 0, "clicks": [{"x": 1, "y": 1}]})
    assert late.status_code == 409
    assert late.json()["current"]["by"] == "Ann"
    assert client.put(url, json={"base": 0, **click}).json()["version"] == 1, "saying the same is no conflict"
    assert client.put(url, json={"base": None, "clicks": []}).json()["version"] == 2


@pytest.mark.parametrize(
    "body",
    [
        {"clicks": [{"x": 240, "y": 5}]},
        {"clicks": [{"x": -1, "y": 5}]},
        {"clicks": [{"x": "NaN", "y": 5}]},
        {"strokes": [{"points": [], "radius": 3, "mode": "erase"}]},
        {"strokes": [{"points": [{"x": 1, "y": 1}], "radius": 0, "mode": "erase"}]},
        {"strokes": [{"points": [{"x": 1, "y": 1}], "radius": 3, "mode": "burn"}]},
        {"mask": "0" * 64},
        {"mask": "../../spec.json"},
        {"base": -1},
        {"unknown": 1},
    ],
)
def test_what_is_no_refinement_is_refused(client: TestClient, archive: Archive, job: Job, body: dict[str, Any]) -> None:
    frame = edit_session(client, job)["slots"][0]["frame"]
    answer = client.put(f"/api/jobs/{job.id}/actions/wave/frames/{frame}/refinement", json=body)
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]
    assert archive.store.paths(naming.refinements(job.id, "wave")) == []


def test_clicks_are_carried_to_all_frames_as_a_stream(client: TestClient, archive: Archive, job: Job) -> None:
    assert client.post("/api/masks/propagate", json={"job": job.id, "action": "wave"}).status_code == 400
    view = edit_session(client, job)
    frame = view["slots"][0]["frame"]
    url = f"/api/jobs/{job.id}/actions/wave/frames/{frame}/refinement"
    client.put(url, json={"base": 0, "clicks": [{"x": 120, "y": 150}]})
    answer = client.post("/api/masks/propagate", json={"job": job.id, "action": "wave"})
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines[-1] == {"finished": True}
    told = {line["frame"]: line for line in lines[:-1]}
    playing = {slot["frame"] for slot in view["slots"]}
    assert set(told) == playing
    assert told[frame]["pinned"]
    assert told[frame]["version"] == 1, "a corrected frame stays as it is"
    edits = {each["frame"]: each for each in edit_session(client, job)["edits"]}
    assert all(edits[each]["mask"] for each in playing - {frame})


def test_a_swapped_frame_and_edits_are_in_the_preview_and_the_preview_is_the_export(
    client: TestClient, archive: Archive, job: Job, tmp_path: Path
) -> None:
    view = edit_session(client, job)
    base = f"/api/jobs/{job.id}/actions/wave"
    before = client.get(f"{base}/preview/line-emoji").json()
    now = Sticker.model_validate(archive.summary(job.id, "wave").results["sticker:line-emoji"])
    assert before["sticker"]["file"]["sha256"] == now.file.sha256, "without changes the preview is the sticker"
    playing = {slot["frame"] for slot in view["slots"]}
    slot = next(each for each in view["slots"] if set(each["candidates"]) - playing)
    other = next(each for each in slot["candidates"] if each not in playing)
    picked = client.put(f"{base}/slots/{slot['number']}/pick", json={"base": 0, "frame": other})
    assert picked.json()["frame"] == other
    stroke = {"points": [{"x": 60, "y": 120}, {"x": 180, "y": 120}], "radius": 9, "mode": "erase"}
    for frame in (other, view["slots"][0]["frame"]):
        client.put(f"{base}/frames/{frame}/refinement", json={"base": 0, "strokes": [stroke]})
    preview = client.get(f"{base}/preview/line-emoji").json()
    assert preview["sticker"]["file"]["sha256"] != now.file.sha256
    carry_out(job, archive, tmp_path / "home")
    exported = Sticker.model_validate(archive.summary(job.id, "wave").results["sticker:line-emoji"])
    assert preview["sticker"]["file"]["sha256"] == exported.file.sha256
    assert client.get(preview["url"]).content == archive.store.get(exported.file)


def test_a_picture_is_uploaded_freed_and_touched_up(client: TestClient) -> None:
    white = np.full((200, 200, 3), 255, np.uint8)
    white[60:160, 50:150] = (200, 40, 40)
    view = client.post("/api/pictures", files={"picture": ("a.png", encode_png(white))}).json()
    assert (view["width"], view["height"]) == (200, 200)
    told = client.get(f"/api/pictures/{view['picture']}/cut").json()
    assert (told["way"], told["title"], told["doubt"], told["scale"]) == (
        "flat background",
        "Off its flat background",
        "",
        1,
    )
    assert "#ffffff" in told["notes"][0]
    cut = decode_png(client.get(f"/api/pictures/{view['picture']}/character").content, 4)
    assert cut[5, 5, 3] == 0
    assert cut[100, 100, 3] == 255
    kept = decode_png(client.get(f"/api/pictures/{view['picture']}/character?background=keep").content, 4)
    assert kept[5, 5, 3] == 255
    stroke = {"points": [{"x": 100, "y": 100}], "radius": 12, "mode": "erase"}
    made = client.post(f"/api/pictures/{view['picture']}/touched-up", json={"strokes": [stroke]}).json()
    assert made["picture"] != view["picture"]
    touched = decode_png(client.get(f"/api/pictures/{made['picture']}").content, 4)
    assert touched[100, 100, 3] == 0
    assert touched[70, 70, 3] == 255


def test_clicks_say_what_the_character_is(client: TestClient, archive: Archive) -> None:
    scene = np.random.default_rng(3).integers(60, 120, (200, 240, 3)).astype(np.uint8)
    scene[50:150, 60:160] = (220, 40, 40)
    sha = client.post("/api/pictures", files={"picture": ("a.png", encode_png(scene))}).json()["picture"]
    body = {"background": "clicks", "clicks": [{"x": 110, "y": 100}]}
    cut = decode_png(client.post(f"/api/pictures/{sha}/touch-up", json=body).content, 4)
    assert cut[100, 110, 3] == 255
    assert cut[20, 20, 3] == 0
    told = client.get(f"/api/pictures/{sha}/cut?background=keep").json()
    assert (told["way"], told["title"]) == ("kept", "Nothing was cut away")
    order = {"picture_id": sha, "actions": "wave", "clicks": json.dumps(body["clicks"])}
    placed = client.post("/api/jobs", data=order).json()
    assert [(click.x, click.y) for click in archive.job(placed["card"]["id"]).spec.clicks] == [(110, 100)]
    for clicks, says in (
        ('[{"x": 300, "y": 5}]', "outside of the picture"),
        ('[{"x": 3, "y": 5, "positive": false}]', "at least one has to be on the character"),
        ("7", "JSON list"),
    ):
        answer = client.post("/api/jobs", data=order | {"clicks": clicks})
        assert answer.status_code == 400
        assert says in answer.json()["error"]
    answer = client.post("/api/jobs", data={"describe": "a cat", "clicks": order["clicks"]})
    assert answer.status_code == 400


def test_enlarged_pixel_art_is_shown_by_its_squares_as_it_is_made(client: TestClient) -> None:
    sprite = np.full((24, 24, 4), (90, 160, 220, 255), np.uint8)
    cv2.circle(sprite, (11, 12), 8, (220, 40, 60, 255), -1)
    sprite[10, 8:10] = sprite[10, 13:15] = (0, 0, 0, 255)
    large = sprite.repeat(47, axis=0).repeat(47, axis=1)
    view = client.post("/api/pictures", files={"picture": ("a.png", encode_png(large))}).json()
    assert (view["width"], view["height"]) == (24, 24)
    assert client.get(f"/api/pictures/{view['picture']}/cut").json()["scale"] == 47
    shown = decode_png(client.get(f"/api/pictures/{view['picture']}/character").content, 4)
    made = make_character(large)
    left, top, right, bottom = made.body
    body = made.rgba[top:bottom, left:right][made.pixel // 2 :: made.pixel, made.pixel // 2 :: made.pixel]
    rows, columns = np.flatnonzero(shown[..., 3].any(1)), np.flatnonzero(shown[..., 3].any(0))
    assert np.array_equal(shown[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], body)
    stroke = {"points": [{"x": 11, "y": 18}], "radius": 1.5, "mode": "erase"}
    touched = client.post(f"/api/pictures/{view['picture']}/touched-up", json={"strokes": [stroke]}).json()
    assert make_character(load_picture(client.get(f"/api/pictures/{touched['picture']}").content)).pixel == 20


def test_an_upload_is_decoded_once(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[tuple[int, int]] = []
    decode = reading._decode

    def counted(picture: Image.Image, *more: Any) -> Any:
        decoded.append(picture.size)
        return decode(picture, *more)

    monkeypatch.setattr(reading, "_decode", counted)
    large = np.full((1500, 2000, 3), 255, np.uint8)
    large[400:1200, 500:1500] = (200, 40, 40)
    view = client.post("/api/pictures", files={"picture": ("a.png", encode_png(large))}).json()
    assert (view["width"], view["height"]) == (1024, 768)
    assert client.get(f"/api/pictures/{view['picture']}/character").status_code == 200
    assert client.get(f"/api/pictures/{view['picture']}").status_code == 200
    assert decoded == [(2000, 1500)]


def test_words_are_ordered_and_shown_on_previews(client: TestClient, archive: Archive) -> None:
    languages = {each["tag"]: each for each in client.get("/api/catalogue").json()["languages"]}
    assert languages["es"]["phrases"]["wave"]
    view = client.post("/api/pictures", files={"picture": ("a.png", MASCOT)}).json()
    address = f"/api/previews/{view['picture']}/bow"
    plain = client.get(address).content
    worded = client.get(f"{address}?words=Thanks&language=en&motion=pop")
    assert worded.headers["content-type"] == "image/webp"
    with Image.open(io.BytesIO(plain)) as one, Image.open(io.BytesIO(worded.content)) as other:
        assert one.size == other.size
        assert np.asarray(one.convert("RGB")).tobytes() != np.asarray(other.convert("RGB")).tobytes()
    order = {"picture_id": view["picture"], "actions": "wave,cry", "language": "es"}
    own = {"captions": json.dumps({"wave": "Ole!", "cry": " ", "jump": "not in this job"}), "caption_motion": "shake"}
    captions = archive.job(client.post("/api/jobs", data=order | own).json()["card"]["id"]).spec.captions
    assert captions is not None
    assert (captions.language, captions.texts, captions.motion) == ("es", {"wave": "Ole!"}, "shake")
    plain_job = client.post("/api/jobs", data={"picture_id": view["picture"], "actions": "wave"}).json()
    assert archive.job(plain_job["card"]["id"]).spec.captions is None
    for wrong, says in (
        ({"language": "tlh"}, "tlh"),
        ({"captions": "[]"}, "JSON object"),
        ({"captions": json.dumps({"wave": "\u4dff\U00012000"})}, "glyph"),
    ):
        answer = client.post("/api/jobs", data=order | wrong)
        assert answer.status_code in (400, 404)
        assert says in answer.json()["error"]


def test_presets_are_shown_moving_with_the_character(client: TestClient) -> None:
    view = client.post("/api/pictures", files={"picture": ("a.png", MASCOT)}).json()
    shown = Image.open(io.BytesIO(client.get(f"/api/previews/{view['picture']}/bow").content))
    assert shown.format == "WEBP"
    assert getattr(shown, "n_frames", 1) >= 10
    assert client.get("/api/previews/mascot/fly").status_code == 404


def test_previews_come_as_one_stream_in_the_asked_order(client: TestClient) -> None:
    many = {
        "language": "en",
        "actions": [{"name": "bow"}, {"name": "cry", "words": "\u4dff\U00012000"}, {"name": "wave"}],
    }
    answer = client.post("/api/previews/mascot", json=many)
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [each["action"] for each in lines] == ["bow", "cry", "wave"]
    assert base64.b64decode(lines[0]["image"]) == client.get("/api/previews/mascot/bow").content
    assert "glyph" in lines[1]["error"] or "font" in lines[1]["error"]
    unknown = client.post("/api/previews/mascot", json={"actions": [{"name": "bow"}, {"name": "fly"}]})
    assert unknown.status_code == 404
    assert client.post("/api/previews/mascot", json={"actions": []}).status_code == 422
    gone = client.post(f"/api/previews/{'0' * 64}", json={"actions": [{"name": "bow"}]})
    assert list(json.loads(gone.text)) == ["action", "error"]


def test_a_page_names_its_modules_so_that_they_are_asked_for_at_once(client: TestClient) -> None:
    told = client.get("/static/app.js").text
    for address, module in pages.MODULES.items():
        path = re.sub(r"\{\w+\}", "a-1", address)
        found = [each for pattern, each in re.findall(r'\[/(.+?)/, "\./(.+?)"', told) if re.match(js(pattern), path)]
        assert found == [module], path
        named = re.findall(r'modulepreload" href="/static/(.+?)"', client.get(path).text)
        assert {"app.js", module, "dom.js", "vendor/morphdom-esm.js"} <= set(named)
        assert all(client.get(f"/static/{each}").status_code == 200 for each in named)
    [data] = re.findall(r'as="fetch" crossorigin="anonymous" href="(.+?)"', client.get("/").text)
    assert f'getJson("{data}")' in client.get("/static/new-job.js").text
    assert client.get(data).status_code == 200


def js(pattern: str) -> str:
    """Return a pattern of JavaScript as Python reads it."""
    return pattern.replace("\\/", "/")
