"""Actions: the 24 presets, and custom ones from a name and a motion prompt."""

from popcon.actions.choose import action, custom
from popcon.actions.presets import PRESETS

__all__ = ["PRESETS", "action", "custom"]
