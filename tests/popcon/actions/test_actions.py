from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from popcon.actions import PRESETS, action, custom
from popcon.errors import BadInput, UnknownName
from popcon.models.action import Action

NAMES = [
    "wave",
    "laugh",
    "cry",
    "angry",
    "love",
    "wink",
    "jump",
    "dance",
    "bow",
    "clap",
    "sleep",
    "surprised",
    "thinking",
    "cheer",
    "hug",
    "run",
    "shy",
    "cool",
    "sick",
    "eat",
    "thank-you",
    "good-night",
    "sorry",
    "ok",
]


def test_the_24_presets() -> None:
    assert list(PRESETS) == NAMES
    for name, preset in PRESETS.items():
        assert preset.name == name
        assert len(preset.motion) > 60
        assert preset.effect
        assert 1 <= len(preset.emoji) <= 3
    assert len({preset.motion for preset in PRESETS.values()}) == 24


@pytest.mark.parametrize("written", ["thank-you", "Thank you", " THANK_YOU "])
def test_presets_are_found_however_they_are_written(written: str) -> None:
    assert action(written) is PRESETS["thank-you"]


def test_an_unknown_action_names_the_known_ones() -> None:
    with pytest.raises(UnknownName, match=r"no action named 'wavee'.*wave, laugh, cry"):
        action("wavee")


def test_a_custom_action() -> None:
    made = custom("Happy  Bounce = subtle   bounce=boing", "small hearts")
    assert (made.name, made.title, made.motion, made.effect) == (
        "happy-bounce",
        "Happy Bounce",
        "subtle bounce=boing",
        "small hearts",
    )
    assert custom("Nöd=nod").name == "nod"
    assert custom("跳舞=dance").name == "u8df3u821e"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("bounce", "no motion prompt"),
        ("bounce=", "no motion prompt"),
        ("=jump", "no usable name"),
        ("!!=jump", "no usable name"),
        ("wave=swim", "name of a preset"),
        ("a" * 41 + "=jump", "too long"),
        ("x=" + "y" * 601, "601 characters"),
    ],
)
def test_custom_actions_that_cannot_be(spec: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        custom(spec)


@given(st.text(max_size=80))
def test_any_spec_is_an_action_or_bad_input(spec: str) -> None:
    with suppress(BadInput):
        made = custom(spec)
        assert made.name
        assert made.motion
        assert Action.model_validate(made.model_dump()) == made
