"""Face and limbs on the order page and over HTTP: found, corrected, kept with the order, used by the actions."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect

from popcon.jobs.archive import Archive
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.models.rig import CharacterRig
from popcon.storage.store import Store
from tests.ui.web.browsing import App, eventually, opened


@pytest.fixture
def puff(client: TestClient) -> str:
    answer = client.post("/api/pictures", files={"picture": ("puff.png", encode_png(draw_mascot(300)))})
    return str(answer.json()["picture"])


@pytest.fixture
def found(client: TestClient, puff: str) -> dict[str, Any]:
    return dict(client.get(f"/api/pictures/{puff}/rig").json())


def test_parts_are_found_in_the_picture_as_it_was_given(found: dict[str, Any]) -> None:
    assert (found["width"], found["height"]) == (300, 300)
    assert len(found["eyes"]) == 2
    assert all(found["character"]["left"] < eye["x"] < found["character"]["right"] for eye in found["eyes"])


def test_a_corrected_rig_goes_with_the_order_and_changes_what_is_shown(
    client: TestClient, puff: str, found: dict[str, Any], store: Path
) -> None:
    blind = found | {"eyes": [], "mouth": None}
    kept = client.post(f"/api/pictures/{puff}/rig", json=blind)
    assert kept.status_code == 201
    rig = kept.json()["rig"]
    assert client.get(f"/api/pictures/{puff}/rig?rig={rig}").json()["eyes"] == []
    shown = client.get(f"/api/previews/{puff}/sleep?rig={rig}")
    assert shown.headers["content-type"] == "image/webp"
    assert shown.content != client.get(f"/api/previews/{puff}/sleep").content
    ordered = client.post("/api/jobs", data={"picture_id": puff, "actions": "wave", "rig_id": rig})
    assert ordered.status_code == 201, ordered.text
    archive = Archive(Store(str(store)))
    spec = archive.job(ordered.json()["card"]["id"]).spec
    assert spec.rig is not None
    assert CharacterRig.model_validate_json(archive.store.get(spec.rig)).eyes == ()


def test_a_rig_that_does_not_fit_is_refused(client: TestClient, puff: str, found: dict[str, Any]) -> None:
    small = client.post("/api/pictures", files={"picture": ("a.png", encode_png(draw_mascot(200)))}).json()["picture"]
    other = client.post(f"/api/pictures/{small}/rig", json=found)
    assert other.status_code == 400
    assert "300x300 px" in other.json()["error"]
    outside = client.post(f"/api/pictures/{puff}/rig", json=found | {"mouth": {"x": 900, "y": 5, "rx": 3, "ry": 3}})
    assert outside.status_code == 422
    assert "outside of the picture" in outside.json()["error"]
    for rig, says in (("f" * 64, "not there"), ("../x", "rig_id"), (small, "not JSON")):
        answer = client.post("/api/plan", data={"picture_id": puff, "actions": "wave", "rig_id": rig})
        assert answer.status_code == 400, rig
        assert says in answer.json()["error"]
    worded = client.post("/api/plan", data={"describe": "a cat", "actions": "wave", "rig_id": "f" * 64})
    assert worded.status_code == 400


def test_a_limb_is_marked_by_its_joint_and_its_tip(client: TestClient, puff: str, found: dict[str, Any]) -> None:
    arm = next(limb for limb in found["limbs"] if limb["name"] == "arm_left")
    ends = {"joint": arm["pivot"], "tip": arm["tip"]}
    made = client.post(f"/api/pictures/{puff}/rig/limbs", json={"name": "arm_left", **ends})
    assert made.status_code == 200, made.text
    limb = made.json()
    assert (limb["pivot"], limb["tip"]) == (arm["pivot"], arm["tip"])
    assert client.post(f"/api/pictures/{puff}/rig", json=found | {"limbs": [limb]}).status_code == 201
    beside = ends | {"tip": {"x": 2, "y": 2}}
    refused = client.post(f"/api/pictures/{puff}/rig/limbs", json={"name": "arm_left", **beside})
    assert refused.status_code == 400
    assert "is not on the character" in refused.json()["error"]
    assert client.post(f"/api/pictures/{puff}/rig/limbs", json={"name": "trunk", **ends}).status_code == 422


@pytest.mark.alone
def test_parts_are_corrected_by_mouse_and_by_keyboard(
    browser: Browser, fresh: App, picture: Path, troubles: list[str]
) -> None:
    context, page = opened(browser, fresh, troubles)
    page.goto("/")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files(picture)
    page.locator("pc-rig summary").click()
    parts, eye = page.locator(".part"), page.locator("[data-part='eyes.0']")
    expect(eye).to_have_attribute("aria-label", "Eye 1")
    before = parts.count()
    number = "e => Number(e.querySelector('ellipse').getAttribute('cx'))"
    was = eye.evaluate(number)
    eye.focus()
    page.keyboard.press("ArrowLeft")
    assert eye.evaluate(number) == pytest.approx(was - 3)
    box = eye.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 3 + 30, box["y"] + box["height"] / 3, steps=3)
    page.mouse.up()
    assert eye.evaluate(number) > was
    page.keyboard.press("Delete")
    expect(parts).to_have_count(before - 1)
    page.get_by_role("button", name="Undo").click()
    expect(parts).to_have_count(before)
    kept = "() => JSON.parse(Object.values(localStorage).find((each) => each.includes('picture'))).rig"
    eventually(lambda: len(page.evaluate(kept)) == 64, "the rig is not kept with the order")
    page.reload()
    eventually(lambda: eye.evaluate(number) > was, "the correction is lost")
    # A limb by two clicks, then by keys; brows, nose and cheeks.
    names = [part.get_attribute("data-part") for part in parts.all()]
    limbs = [name for name in names if name and name.startswith("limbs")]
    page.get_by_role("button", name="Mark a limb").click()
    page.locator(".rig-stage").scroll_into_view_if_needed()
    for grip in (page.locator(f"[data-part='{limbs[0]}'] .grip").nth(n) for n in (0, 1)):
        spot = grip.bounding_box()
        assert spot is not None
        page.mouse.click(spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2)
    expect(page.get_by_label("What this limb is")).to_have_value("arm_left")
    page.get_by_label("In front of or behind the body").select_option("behind")
    layer = "() => document.querySelector('pc-rig').rig.limbs.at(-1).layer"
    assert page.evaluate(layer) == "behind"
    page.get_by_role("button", name="Mark a limb").click()
    expect(page.locator(".rig-cross")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Escape")
    expect(page.locator(".rig-cross")).to_have_count(0)
    for kind, name in (("brow", "brows.0"), ("nose", "nose"), ("cheek", "cheeks.0")):
        page.get_by_role("button", name=f"Add a {kind}").click()
        expect(page.locator(f"[data-part='{name}']")).to_be_focused()
    page.keyboard.press("Control+z")
    expect(page.locator("[data-part='cheeks.0']")).to_have_count(0)
    context.close()
