"""Effect prompts are understood by their words."""

import pytest

from popcon.engines.puppet.effects import EFFECTS, find


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("with hearts and a question mark", ["hearts", "question_mark"]),
        ("a Question-Mark, then HEARTS", ["question_mark", "hearts"]),
        ("tears streaming down, a dark cloud above", ["tears", "gloom_lines"]),
        ("sparkles, not sparks", ["sparkle"]),
        ("motion lines and speed lines", ["motion_lines", "speed_lines"]),
        ("anger_mark + steam", ["anger_mark", "steam"]),
        ("Zzz", ["zzz"]),
        ("hearts hearts heart", ["hearts"]),
        ("hearts but no tears and without any confetti", ["hearts"]),
        ("💢 and ♪", ["anger_mark", "notes"]),
        ("飘着爱心和音符,没有眼泪", ["hearts", "notes"]),
        ("thumbs up!", ["thumbs_up"]),
        ("crumbs, bubbles, dots …", ["food_crumbs", "bubbles", "dots"]),
        ("dizzy orbiting stars", ["dizzy"]),
        ("", []),
        ("hearty bubblegum with starlings, noted!", []),
        ("nothing at all", []),
    ],
)
def test_find(text: str, names: list[str]) -> None:
    assert [effect.name for effect in find(text)] == names


def test_every_effect_is_found_by_its_name_and_each_of_its_words() -> None:
    for name, effect in EFFECTS.items():
        assert find(name) == [effect]
        for word in effect.words:
            assert effect in find(f"please show {word}, thank you"), word


def test_no_word_asks_for_two_effects() -> None:
    owners: dict[str, str] = {}
    for name, effect in EFFECTS.items():
        for word in effect.words:
            assert owners.setdefault(word, name) == name, word
