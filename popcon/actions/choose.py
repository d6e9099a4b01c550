"""Find a preset by name, or make a custom action from what a person typed."""

import re
import unicodedata

from popcon.actions.presets import PRESETS
from popcon.errors import BadInput, UnknownName
from popcon.models.action import Action

_LONGEST_NAME, _LONGEST_TITLE, _LONGEST_MOTION = 40, 60, 600


def action(name: str) -> Action:
    """Return the preset with this name; "Thank you" and "thank_you" mean thank-you.

    Raises:
        UnknownName: there is none.
    """
    slug = _slug(name)
    if slug not in PRESETS:
        raise UnknownName("action", name, tuple(PRESETS))
    return PRESETS[slug]


def custom(spec: str, effect: str = "") -> Action:
    """Return a custom action from "name=motion prompt".

    Arguments:
        spec: the name (letters, digits, spaces and dashes), "=", what the body does.
        effect: what is drawn around it; empty for whatever the motion prompt asks for.

    Raises:
        BadInput: no "=", no usable name, a preset's name, no prompt, or one that is too long.
    """
    name, equals, motion = spec.partition("=")
    title, motion = " ".join(name.split()), " ".join(motion.split())
    if not equals or not motion:
        raise BadInput(f'The custom action {spec!r} has no motion prompt; write it as "name=motion prompt".')
    slug = _slug(title)
    if not slug:
        raise BadInput(
            f'The custom action {spec!r} has no usable name before the "="; use letters or digits, such as nod.'
        )
    if slug in PRESETS:
        raise BadInput(f"The custom action {title!r} has the name of a preset; choose another name for it.")
    if len(slug) > _LONGEST_NAME or len(title) > _LONGEST_TITLE:
        raise BadInput(
            f"The custom action's name {title!r} is too long; at most {_LONGEST_NAME} characters are accepted."
        )
    if len(motion) > _LONGEST_MOTION:
        raise BadInput(
            f"The motion prompt of {title!r} has {len(motion)} characters; at most {_LONGEST_MOTION} are accepted."
        )
    return Action(name=slug, title=title, motion=motion, effect=" ".join(effect.split()))


def _slug(text: str) -> str:
    """Lower-case words joined by dashes; letters that have no ASCII form are written as their code points."""
    plain = unicodedata.normalize("NFKD", text.strip().lower())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    spelled = "".join(c if c.isascii() else (f"u{ord(c):x}" if c.isalnum() else "-") for c in plain)
    return re.sub(r"[^a-z0-9]+", "-", spelled).strip("-")
