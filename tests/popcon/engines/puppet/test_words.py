import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popcon.actions import PRESETS
from popcon.engines.base import Shot
from popcon.engines.puppet.direction import MOST_EFFECTS, direct, palette
from popcon.engines.puppet.effects import EFFECTS
from popcon.engines.puppet.vocabulary import ACTIONS, MOVES, Move
from popcon.engines.puppet.words import read
from popcon.models.action import Action


def ask(motion: str, effect: str = "", action: str = "mine") -> Shot:
    return Shot(action=action, motion=motion, effect=effect, backdrop="#00ff00")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("subtle bounce", ["bounce"]),
        ("slow zoom", ["zoom"]),
        ("shake with anger", ["angry", "shake"]),
        ("Spinning wildly and laughing!", ["laugh", "spin"]),
        ("shakes its head slowly", ["shake head"]),
        ("no jumping, just sway", ["sway"]),
        ("sways without shaking", ["sway"]),
        ("nodding off to sleep", ["sleep", "nod"]),
        ("轻轻摇摆", ["sway"]),
        ("wipes the table", []),
    ],
)
def test_words_are_understood(text: str, names: list[str]) -> None:
    reading = read(text)
    assert [*reading.actions, *(move.name for move in reading.moves)] == names


@pytest.mark.parametrize(
    ("text", "amount", "pace"),
    [("bounce", 1.0, 0), ("subtle bounce", 0.55, 0), ("a huge bounce", 1.35, 0), ("bounce fast", 1.0, 1),
     ("slowly bounce", 1.0, -1), ("wild bounce", 1.35, 1)],
)  # fmt: skip
def test_size_and_speed_are_understood(text: str, amount: float, pace: int) -> None:
    reading = read(text)
    assert reading.amount == pytest.approx(amount)
    assert reading.pace == pace


def test_adverbs_change_what_is_seen() -> None:
    usual, small, big = (
        direct(ask(text)).score.track("stretch") for text in ("bounce", "subtle bounce", "huge bounce")
    )
    assert np.ptp(small) < 0.7 * np.ptp(usual) < 0.7 * np.ptp(big)
    slow, fast = direct(ask("slow bounce")).score.track("y"), direct(ask("fast bounce")).score.track("y")

    def flights(y: np.ndarray) -> int:
        return int(((y > 0) & (np.roll(y, 1) <= 0)).sum())

    assert (flights(slow), flights(fast)) == (1, 4)


def test_the_choice_is_said() -> None:
    assert direct(ask("shake with anger")).notes == ("From the motion prompt: angry + shake, usual size, usual speed.",)
    assert "slower" in direct(ask("slow zoom")).notes[0]
    assert "No known movement in 'qwerty'" in direct(ask("qwerty")).notes[0]
    assert direct(ask("something", action="happy-dance")).notes[0].startswith("From the action's name: cheer + dance")
    wave = PRESETS["wave"]
    assert direct(ask(wave.motion, wave.effect, "wave")).notes == ()


def test_feelings_bring_their_effects_and_faces() -> None:
    plan = direct(ask("shake with anger"))
    assert plan.effects == ("anger_mark", "steam")
    assert plan.score.track("brow").max() > 0.5
    assert np.ptp(plan.score.track("lean")) > 0.05


def test_effect_prompts_decide() -> None:
    assert direct(ask("bounce", "with hearts and a question mark")).effects == ("hearts", "question_mark")
    assert direct(ask("bounce")).effects == ()
    assert direct(ask("float like a ghost")).effects == ()
    wave = PRESETS["wave"]
    assert direct(ask(wave.motion, "", "wave")).effects == ()
    assert direct(ask(wave.motion, "confetti", "wave")).effects == ("confetti",)
    unknown = direct(ask(wave.motion, "purple dinosaurs", "wave"))
    assert unknown.effects == ("motion_lines",)
    assert "No known effect in 'purple dinosaurs'" in unknown.notes[0]


def test_a_changed_preset_prompt_keeps_the_preset_and_adds_to_it() -> None:
    plain = direct(ask(PRESETS["wave"].motion, PRESETS["wave"].effect, "wave"))
    changed = direct(ask("waves while spinning fast", PRESETS["wave"].effect, "wave"))
    assert changed.score.track("hand_right").any()
    assert changed.score.track("whirl").max() == pytest.approx(1.0, abs=0.02)
    assert not plain.score.track("whirl").any()


def test_whole_turns_stay_whole() -> None:
    for text in ("subtle spin", "wild spin and cheer", "small cartwheel"):
        for seed in (0, 4):
            shot = ask(text).model_copy(update={"seed": seed})
            score = direct(shot).score
            turned = score.track("whirl") + score.track("flip")
            jumps = np.abs(np.diff(turned, append=turned[:1]))
            away = np.minimum(jumps, np.abs(jumps - 1))
            assert away.max() < 0.2


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_moves_are_found_by_their_words_and_loop(move: Move) -> None:
    for word in move.words:
        assert move.name in [found.name for found in read(word).moves], word
    for beats in (1, 2, move.beats):
        values = move.make(beats).values
        assert np.isfinite(values).all()
        assert np.ptp(values, axis=0).max() > 0.01


def test_every_word_for_an_action_finds_it() -> None:
    for name, words in ACTIONS.items():
        assert name in PRESETS
        for word in words:
            assert name in read(word).actions, word


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=120))
def test_any_text_gives_something_sensible(text: str) -> None:
    plan = direct(ask(text, text))
    assert np.isfinite(plan.score.values).all()
    assert np.ptp(plan.score.values, axis=0).max() > 0.01
    assert len(plan.effects) <= MOST_EFFECTS
    assert plan.notes


def test_the_palette_is_what_is_painted() -> None:
    love = palette(PRESETS["love"])
    assert set(love) == {*EFFECTS["hearts"].colours, *EFFECTS["blush"].colours}
    assert len(love) == len(set(love))
    assert palette(Action(name="mine", title="Mine", motion="bounce")) == ()


@pytest.mark.parametrize("name", PRESETS)
def test_effect_prompts_of_presets_name_what_the_puppet_draws(name: str) -> None:
    preset = PRESETS[name]
    played = direct(ask(preset.motion, preset.effect, name)).effects
    read_back = direct(Shot(action="copy", motion="bounce", effect=preset.effect, backdrop="#000000")).effects
    assert played
    assert set(played) == set(read_back)
