"""Makes the submission kit: what a store's form asks for, written down beside the pack."""

from popcon.packs.kit.build import KitSticker, Work, build_kit
from popcon.packs.kit.forms import FORMS, Form

__all__ = ["FORMS", "Form", "KitSticker", "Work", "build_kit"]
