"""Declares what people asked to be done again."""

from pydantic import Field

from popcon.models.base import Model
from popcon.models.step import Step


class Revision(Model):
    """A person asked for a step to be done again."""

    step: Step
    action: str | None = Field(default=None, description="None: for all actions")
    at: str


class Revisions:
    """How often each step of each action was asked for again."""

    def __init__(self, revisions: list[Revision]) -> None:
        self._revisions = revisions

    def __len__(self) -> int:
        return len(self._revisions)

    def of(self, step: Step, action: str | None = None) -> int:
        return sum(1 for each in self._revisions if each.step == step and each.action in (None, action))
