"""The forms in which Prefect's UI asks a person: one for each gate.

`decision` has no default, so that Prefect's server refuses a form that was sent unchanged. A run whose answer is in the
store already (somebody answered in the web app) is resumed with `ELSEWHERE`, which is never taken as approved.
"""

from typing import Annotated, Any, Literal

from prefect.input import RunInput
from pydantic import Field, create_model

from popcon.editing.verdicts import stored_picture
from popcon.errors import BadInput
from popcon.locales.catalogs import language_of_environment
from popcon.locales.sentences import say
from popcon.models.verdict import Gate
from popcon.storage.store import Store

ELSEWHERE = "answered in PopCon"
"""The decision of a run that is resumed because its answer is in the store."""


class StartFrameForm(RunInput):
    """Does this action start well?"""

    decision: Literal["approve", "regenerate", "replace", "skip", "answered in PopCon"] = Field(
        title="Decision (required)",
        description="approve: animate it. regenerate: draw it again. replace: use another picture. skip: leave it out.",
    )
    prompt: str = Field(
        default="", max_length=800, description="For regenerate. The new motion prompt; empty keeps the old one."
    )
    picture: str = Field(
        default="",
        pattern="^([0-9a-f]{64})?$",
        description="For replace: the SHA-256 of a picture in the store (the web app uploads and shows it).",
    )

    def verdict(self, store: Store) -> dict[str, Any]:
        """Return the verdict's JSON.

        Raises:
            BadInput: nothing was decided here, or the picture is not in the store.
        """
        _refuse_nothing(self.decision)
        picture = stored_picture(store, self.picture) if self.decision == "replace" else None
        return {"kind": self.decision, "prompt": self.prompt, "picture": picture}


class RefinementForm(RunInput):
    """Is this action cut out well?"""

    decision: Literal["approve", "another_take", "redo_frame", "skip", "answered in PopCon"] = Field(
        title="Decision (required)",
        description="approve: make the stickers. another_take: animate again. redo_frame: draw one frame again. "
        "skip: leave it out.",
    )
    prompt: str = Field(
        default="",
        max_length=800,
        description="For another take or a redone frame. The new motion prompt; empty keeps the old one.",
    )
    slot: int | None = Field(default=None, ge=0, description="For redo_frame: the number of the frame, from 0.")

    def verdict(self, store: Store) -> dict[str, Any]:
        """Return the verdict's JSON.

        Raises:
            BadInput: nothing was decided here.
        """
        _refuse_nothing(self.decision)
        return {"kind": self.decision, "prompt": self.prompt, "slot": self.slot}


def form_for(gate: Gate, description: str, motion: str) -> Any:
    """Return the form of a gate, labelled in the language of this process.

    Arguments:
        description: Markdown shown above it.
        motion: the action's motion prompt, to be edited.
    """
    if gate is Gate.START_FRAME_REVIEW:
        # A default of a subclass: as initial data it would lose its limit and its description.
        form = _labelled(StartFrameForm, prompt=motion[:800])
    else:
        form = _labelled(RefinementForm)
    return form.with_initial_data(description=description)


def _labelled(form: type[RunInput], **defaults: str) -> type[RunInput]:
    """Return a subclass of a form with labels in the language of this process, and these defaults of fields."""
    language = language_of_environment()
    fields: dict[str, Any] = {}
    for name, field in form.model_fields.items():
        title = say(field.title or name.capitalize(), language)
        changed: dict[str, Any] = {"title": title, "description": say(field.description or "", language)}
        if name in defaults:
            changed["default"] = defaults[name]
        fields[name] = Annotated[field.annotation, field, Field(**changed)]
    return create_model(form.__name__, __base__=form, **fields)


def _refuse_nothing(decision: str) -> None:
    if decision == ELSEWHERE:
        raise BadInput("Nothing was answered in PopCon; choose what to do.")
