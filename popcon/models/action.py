"""What an action is."""

from pydantic import Field

from popcon.models.base import Model

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"


class Action(Model):
    """One emoji to make."""

    name: str = Field(pattern=SLUG, max_length=40, description='lower-case words joined by "-", such as thank-you')
    title: str = Field(max_length=60, description="how a person reads it")
    motion: str = Field(max_length=600, description="motion prompt: body mechanics, in words")
    effect: str = Field(default="", max_length=300, description="effect prompt: sparks, tears, notes …")
    emoji: tuple[str, ...] = Field(default=("🙂",), min_length=1, max_length=3, description="emoji tags")
