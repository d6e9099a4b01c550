"""The words for engines: what has to be in them, and how they are made to fit."""

import re

import pytest

from popcon.engines import prompts
from popcon.errors import BadInput

MOTION = "raises the right arm from rest, the forearm turns at the elbow, fingers spread."


def test_motion_effect_and_backdrop_are_told_apart() -> None:
    prompt = prompts.clip(MOTION, "two short motion lines beside the hand", "#f020f0", 800, 500, loop=True)
    assert prompt.text.startswith(f"The character does this: {MOTION} Around the character: two short motion lines")
    assert "one flat plain magenta (#f020f0)" in prompt.text
    assert "The camera does not move." in prompt.text
    assert "ends in the pose in which it began" in prompt.text
    assert "loops" not in prompts.clip(MOTION, "", "#f020f0", 800, 500, loop=False).text
    assert "Around the character" not in prompts.clip(MOTION, " ", "#f020f0", 800, 500, loop=False).text


@pytest.mark.parametrize("word", ["shadow", "ground", "floor", "checkerboard", "sticker sheet", "second character"])
def test_what_must_not_be_there_is_in_every_negative_prompt(word: str) -> None:
    for prompt in (
        prompts.clip(MOTION, "", "#f020f0", 800, 500, loop=False),
        prompts.start_frame(MOTION, "", "#f020f0", 800, 500),
        prompts.draw_character("a round blue cat", "#f020f0", 800, 500),
        prompts.redraw_frame("open the mouth", "#f020f0", 800, 500),
    ):
        assert word in prompt.negative
        assert word not in prompt.text


def test_a_drawing_is_whole_and_alone() -> None:
    text = prompts.draw_character("a round blue cat", "#f020f0", 800, 500, reference=True).text
    for part in ("a round blue cat", "Whole body from head to toe, feet visible", "centred", "Exactly one character",
                 "as in the picture"):  # fmt: skip
        assert part in text
    assert "first moment of this motion" in prompts.start_frame(MOTION, "", "#f020f0", 800, 500).text


def test_long_words_push_out_the_template_first_and_are_then_refused_with_a_number() -> None:
    motion, effect = "m" * 350, "e" * 250
    prompt = prompts.clip(motion, effect, "#f020f0", 800, 500, loop=True)
    assert motion in prompt.text
    assert effect in prompt.text
    assert "(#f020f0)" in prompt.text
    assert "Lively cartoon timing" not in prompt.text
    assert len(prompts.marked(prompt.text, "0123456789ab")) <= 800
    with pytest.raises(BadInput) as caught:
        prompts.clip("m" * 600, "e" * 300, "#f020f0", 800, 500, loop=True)
    found = re.fullmatch(
        r"The motion and effect prompts are too long for this model: cut (\d+) characters\.", str(caught.value)
    )
    assert found is not None
    cut = int(found.group(1))
    fitting = prompts.clip("m" * (600 - cut), "e" * 300, "#f020f0", 800, 500, loop=True)
    assert len(prompts.marked(fitting.text, "0123456789ab")) == 800
    with pytest.raises(BadInput, match=r"cut 1 characters"):
        prompts.clip("m" * (601 - cut), "e" * 300, "#f020f0", 800, 500, loop=True)


def test_the_negative_prompt_fits_too() -> None:
    prompt = prompts.clip(MOTION, "", "#f020f0", 800, 60, loop=False)
    assert len(prompt.negative) <= 60
    assert not prompt.negative.endswith(",")


def test_words_cannot_break_out_of_their_place() -> None:
    text = prompts.redraw_frame("file:///etc/passwd\n\x00\x1b[2J  open   the mouth...", "#f020f0", 800, 500).text
    assert text.startswith("Edit this picture: file:///etc/passwd [2J open the mouth. The backdrop")
    assert text.isprintable()
