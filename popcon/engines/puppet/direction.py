"""From what a shot asks for to what the puppet does: choreography, blended moves, effects and this take's own touch."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from popcon.actions import PRESETS
from popcon.engines.base import Shot
from popcon.engines.puppet.choreography import CHOREOGRAPHY, Choreography
from popcon.engines.puppet.choreography.base import frame
from popcon.engines.puppet.effects import EFFECTS, find
from popcon.engines.puppet.moves import idle
from popcon.engines.puppet.pose import CHANNELS, KEPT, Score
from popcon.engines.puppet.tracks import FRAMES, later, sprung, wave
from popcon.engines.puppet.vocabulary import FEELINGS, MOVES, Move
from popcon.engines.puppet.words import Reading, read
from popcon.models.action import Action

MOST_EFFECTS = 3
_COMPARISON = re.compile(r"\blike\b", re.IGNORECASE)
"""In a motion prompt "like" compares; in an effect prompt it is a thumb."""


@dataclass(frozen=True)
class Direction:
    """What will be played.

    Attributes:
        score: the poses; frame 0 is the clip's first frame.
        effects: names of effects, at most MOST_EFFECTS.
        grip: shape of floating hands.
        held: feet stay where they are.
        notes: what was understood, for a person.
    """

    score: Score
    effects: tuple[str, ...]
    grip: str
    held: bool
    notes: tuple[str, ...]


def direct(shot: Shot) -> Direction:
    """Decide what a shot shows. Presets play their choreography; changed prompts and custom actions are read."""
    preset = PRESETS.get(shot.action)
    if preset is not None and _same(preset.motion, shot.motion):
        played, notes = CHOREOGRAPHY[preset.name](), tuple[str, ...]()
    else:
        played, notes = _read(shot, preset)
    effects, more = _effects(shot, preset, played)
    score = played.score.rolled(played.first)
    if shot.seed:
        score = another(score, shot.seed)
    score = score + follow_through(score)
    return Direction(score, effects, played.grip, played.held, notes + more)


def palette(action: Action) -> tuple[tuple[int, int, int], ...]:
    """Return every sRGB colour of the effects that the puppet would paint for an action, each once."""
    shot = Shot(action=action.name, motion=action.motion, effect=action.effect, backdrop="#000000")
    colours = [colour for name in direct(shot).effects for colour in EFFECTS[name].colours]
    return tuple(dict.fromkeys(colours))


def another(score: Score, seed: int) -> Score:
    """Another take of the same: sides exchanged, other sizes, a movement of its own on top. The loop stays closed."""
    chance = np.random.Generator(np.random.PCG64(seed))
    size = float(chance.choice([0.82, 0.88, 1.1, 1.18]))
    extra = int(chance.integers(4))
    when, much = float(chance.uniform()), float(chance.uniform(0.6, 1.0))
    touch = (
        Score.of(bend=0.07 * much * wave(1, when), tilt=0.06 * much * wave(1, when + 0.1)),
        Score.of(stretch=0.03 * much * wave(2, when), nod=0.1 * much * wave(2, when)),
        Score.of(twist=0.2 * much * wave(1, when), tilt=0.05 * much * wave(2, when)),
        Score.of(jelly=0.05 * much * wave(1, when), lean=0.04 * much * wave(2, when)),
    )[extra]
    varied = score.scaled(size) + touch
    return varied.mirrored() if seed % 2 else varied


def follow_through(score: Score) -> Score:
    """Tail and ears: the tail wags, more where the mouth smiles; ears lag behind what the body does."""
    glad = float(np.clip(-score.track("frown").mean(), 0, 1))
    wag = (0.12 + 0.4 * glad) * wave(3 if glad > 0.3 else 1)
    drag = score.track("nod") + 2.0 * score.track("stretch") + 2.5 * score.track("y")
    flop = np.clip(sprung(0.8 * (drag - drag.mean()), 3.0, 0.3), -0.6, 0.6)
    return Score.of(wag=wag + 0.5 * later(score.track("bend") + score.track("jelly"), 0.08), flop=flop)


def _same(one: str, other: str) -> bool:
    return " ".join(one.lower().split()) == " ".join(other.lower().split())


def _read(shot: Shot, preset: Action | None) -> tuple[Choreography, tuple[str, ...]]:
    """Return what the words of a custom action, or of a preset with another prompt, ask for."""
    reading = read(shot.motion)
    from_name = False
    if reading.empty and preset is None:
        named = read(shot.action.replace("-", " "))
        if not named.empty:
            reading = replace(named, amount=reading.amount, pace=reading.pace)
            from_name = True
    if preset is not None and preset.name not in reading.actions:
        reading = replace(reading, actions=(preset.name, *reading.actions))
    size = {0.55: "smaller", 1.0: "usual size"}.get(reading.amount, "larger" if reading.amount > 1 else "smaller")
    speed = ("slower", "usual speed", "faster")[reading.pace + 1]
    if reading.empty:
        still = Choreography(idle(2).scaled(reading.amount), (), first=frame(0.22), held=False)
        known = ", ".join(move.name for move in MOVES[:12])
        return still, (f"No known movement in {shot.motion!r}: a gentle bounce and sway is shown. Known: {known}, …",)
    played = _blended(reading)
    names = [*reading.actions, *(move.name for move in reading.moves)]
    source = "the action's name" if from_name else "the motion prompt"
    return played, (f"From {source}: {' + '.join(names)}, {size}, {speed}.",)


def _blended(reading: Reading) -> Choreography:
    """Actions and moves played at once; feelings give face and mood where there is a move to colour."""
    base = [CHOREOGRAPHY[name]() for name in reading.actions]
    count = len(base) + len(reading.moves)
    share = count**-0.4
    total: Score | None = None
    for name, played in zip(reading.actions, base, strict=True):
        score = played.score.again(2) if reading.pace > 0 else played.score
        weight = share * (0.6 if reading.moves and name in FEELINGS else 1.0)
        score = score.rolled(0 if reading.moves else played.first)
        part = score.scaled(weight)
        total = part if total is None else _over(total, part)
    for move in reading.moves:
        part = move.make(_beats(move, reading.pace)).scaled(share)
        total = part if total is None else _over(total, part)
    if total is None:
        raise ValueError("nothing to blend")
    amount = reading.amount * (0.8 if reading.pace < 0 and not reading.moves else 1.0)
    first = 0
    if reading.moves:
        lead = reading.moves[0]
        first = frame(lead.first / _beats(lead, reading.pace))
    effects = tuple(dict.fromkeys(name for played in base for name in played.effects[:2]))
    grip = base[0].grip if base else "open"
    held = all(played.held for played in base) and not reading.moves
    return Choreography(total.scaled(amount), effects, first, grip, held)


def _over(one: Score, other: Score) -> Score:
    """Both at once: movements add; of gestures and faces each channel is led by whichever uses it, the first first."""
    total = one.values + other.values
    for index, name in enumerate(CHANNELS):
        if name in KEPT:
            total[:, index] = one.values[:, index] if np.any(one.values[:, index]) else other.values[:, index]
    return Score(total)


def _beats(move: Move, pace: int) -> int:
    if pace > 0:
        return min(move.beats * 2, FRAMES // 5)
    return max(1, move.beats // 2) if pace < 0 else move.beats


def _effects(shot: Shot, preset: Action | None, played: Choreography) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Effects by the effect prompt; without one, a custom action's by its motion prompt and its feelings."""
    if preset is not None and _same(preset.effect, shot.effect):
        return _known(played.effects), ()
    if shot.effect.strip():
        asked = [effect.name for effect in find(shot.effect)]
        if asked:
            return _known(asked), ()
        kept = _known(played.effects)
        return kept, (f"No known effect in {shot.effect!r}: {' and '.join(kept) if kept else 'none'} is shown.",)
    if preset is not None:
        return (), ()
    asked = [*played.effects, *(effect.name for effect in find(_COMPARISON.sub(" ", shot.motion)))]
    return _known(list(dict.fromkeys(asked))), ()


def _known(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in EFFECTS)[:MOST_EFFECTS]
