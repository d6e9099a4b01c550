"""The effects around a character: hearts, tears, sparks and the like, drawn by vector code for any phase of a loop.

One module for each family; `EFFECTS` holds them all by name, `find` reads them out of a prompt.
"""

from collections.abc import Mapping
from types import MappingProxyType

from popcon.engines.puppet.effects import affection, anger, glints, lines, party, symbols, water
from popcon.engines.puppet.effects.base import Effect
from popcon.engines.puppet.effects.words import asked_for

_ALL = (
    affection.hearts,
    water.tears,
    water.sweat,
    anger.anger_mark,
    glints.sparks,
    symbols.notes,
    symbols.zzz,
    lines.motion_lines,
    party.confetti,
    symbols.question_mark,
    symbols.exclamation,
    glints.dizzy,
    party.food_crumbs,
    anger.steam,
    affection.blush,
    water.bubbles,
    glints.stars,
    glints.sparkle,
    symbols.dots,
    glints.moon,
    lines.speed_lines,
    lines.shock_lines,
    party.thumbs_up,
    lines.bow_lines,
    glints.sun_glint,
    anger.gloom_lines,
)

EFFECTS: Mapping[str, Effect] = MappingProxyType({effect.name: effect for effect in _ALL})
"""Every effect by its name."""


def find(text: str) -> list[Effect]:
    """Return the effects that an effect prompt asks for ("with hearts and a question mark"), in its order, each
    once."""
    return asked_for(text, _ALL)
