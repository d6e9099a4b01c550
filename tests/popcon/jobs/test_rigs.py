"""A rig that a person gives: what is refused, and what depends on it."""

import json
from pathlib import Path

import pytest

from popcon.engines.base import Shot
from popcon.engines.puppet.figure import figure
from popcon.errors import BadInput
from popcon.jobs.rigs import parsed_rig, read_rig
from popcon.jobs.spec_builder import OrderOptions, order
from popcon.media.mascot import draw_mascot
from popcon.media.pictures.png import encode_png
from popcon.models.rig import CharacterRig
from popcon.standalone.rig import find_rig, preview
from popcon.storage.store import ref_of

SIZE = (512, 512)


@pytest.fixture(scope="module")
def mascot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rig") / "mascot.png"
    path.write_bytes(encode_png(draw_mascot(512)))
    return path


@pytest.fixture(scope="module")
def found(mascot: Path) -> CharacterRig:
    return find_rig(mascot)[0]


def changed(found: CharacterRig, **changes: object) -> bytes:
    return json.dumps({**found.model_dump(mode="json"), **changes}).encode()


def test_the_mascot_has_two_eyes_a_mouth_and_both_arms(found: CharacterRig) -> None:
    assert found.kind == "biped"
    assert (found.width, found.height) == SIZE
    assert [eye.source for eye in found.eyes] == ["own", "own"]
    assert found.mouth is not None
    assert found.mouth.y > found.eyes[0].y
    assert {limb.name for limb in found.limbs} == {"arm_left", "arm_right"}


def test_it_survives_its_json(found: CharacterRig) -> None:
    assert parsed_rig(found.model_dump_json().encode(), SIZE) == found


def test_the_preview_marks_the_eyes(found: CharacterRig, mascot: Path) -> None:
    drawn = preview(found, find_rig(mascot)[1])
    eye = found.eyes[0]
    scale = drawn.shape[0] / found.height
    rim = drawn[round(eye.y * scale), round((eye.x - eye.rx) * scale), :3]
    assert int(rim[0]) > 180
    assert int(rim[1]) < 120


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{", "is not JSON"),
        (b"[]", "is not a rig"),
        (b'{"a": 1}', "is not a rig"),
        (b'{"width": NaN}', "is not a rig"),
    ],
)
def test_what_is_no_rig_is_refused_in_one_sentence(data: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        parsed_rig(data, SIZE)
    assert "\n" not in str(refused.value)


def test_a_rig_of_another_picture_is_refused(found: CharacterRig) -> None:
    with pytest.raises(BadInput, match="512x512 px, and this one has 300x200"):
        parsed_rig(changed(found), (300, 200))


def test_parts_outside_are_refused(found: CharacterRig) -> None:
    eyes = [eye.model_dump(mode="json") for eye in found.eyes]
    eyes[1]["x"] = 900.0
    with pytest.raises(BadInput, match=r"eyes\.1 at 900, .* is outside of the picture"):
        parsed_rig(changed(found, eyes=eyes), SIZE)


def test_a_limb_that_is_everything_is_refused(found: CharacterRig) -> None:
    box = found.character
    corners = [(box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)]
    limb = found.limbs[0].model_dump(mode="json") | {"outline": [{"x": x, "y": y} for x, y in corners]}
    with pytest.raises(BadInput, match="covers nearly the whole character"):
        parsed_rig(changed(found, limbs=[limb]), SIZE)


def test_a_part_of_the_face_that_is_everything_is_refused(found: CharacterRig) -> None:
    large = {"x": 256, "y": 256, "rx": 250, "ry": 250}
    for parts, says in (
        ({"nose": large}, "nose"),
        ({"brows": [large]}, r"brows\.0"),
        ({"cheeks": [large]}, r"cheeks\.0"),
    ):
        with pytest.raises(BadInput, match=f"{says} covers more than half"):
            parsed_rig(changed(found, **parts), SIZE)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="popcon rig PICTURE --out"):
        read_rig(tmp_path / "none.json", SIZE)


def test_an_order_keeps_its_rig_and_is_another_job_for_it(found: CharacterRig, mascot: Path, tmp_path: Path) -> None:
    path = tmp_path / "rig.json"
    path.write_text(found.model_dump_json())
    kept: dict[str, bytes] = {}

    def keep(data: bytes, media_type: str) -> object:
        kept[ref_of(data, media_type).sha256] = data
        return ref_of(data, media_type)

    spec = order(keep, OrderOptions(actions="wave", rig=path), mascot)  # type: ignore[arg-type]
    assert spec.rig is not None
    assert CharacterRig.model_validate_json(kept[spec.rig.sha256]) == found
    plain = order(keep, OrderOptions(actions="wave"), mascot)  # type: ignore[arg-type]
    assert plain.rig is None
    assert "rig" not in plain.model_dump()


def test_a_shot_without_a_rig_has_the_key_that_it_had_before_there_were_rigs() -> None:
    shot = Shot(action="wave", motion="waves", backdrop="#00ff00")
    assert "rig" not in shot.model_dump()
    assert "rig" not in json.loads(shot.model_dump_json())


def test_a_figure_takes_the_places_that_a_person_marked(found: CharacterRig) -> None:
    box = found.character
    picture = draw_mascot(512)[round(box.top) : round(box.bottom), round(box.left) : round(box.right)]
    usual = figure(picture, 240)
    eyes = tuple(eye.model_copy(update={"y": eye.y - 20}) for eye in found.eyes)
    marked = figure(picture, 240, rig_record=found.model_copy(update={"eyes": eyes, "limbs": found.limbs[:1]}))
    assert marked.rig.eyes[0][1] - usual.rig.eyes[0][1] == pytest.approx(20 / (box.bottom - box.top), abs=0.01)
    assert len(usual.limbs) == 2
    assert [limb.side for limb in marked.limbs] == [-1]
    none = figure(picture, 240, rig_record=found.model_copy(update={"eyes": (), "limbs": ()}))
    assert not none.rig.sees
    assert not none.limbs
