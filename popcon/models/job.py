"""What was asked for."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, PlainSerializer, model_validator

from popcon.models.action import Action
from popcon.models.artifact import ArtifactRef
from popcon.models.base import Model
from popcon.models.caption import Captions
from popcon.models.refinement import Click
from popcon.naming import edition

Setting = str | int | float | bool | None
Cny = Annotated[Decimal, Field(ge=0), PlainSerializer(str, when_used="json")]
"""An amount in CNY, exact: JSON holds it as text."""


class EngineChoice(Model):
    """An engine by name, with its settings. Both are part of the key of every step that it does."""

    name: str
    settings: dict[str, Setting] = Field(default_factory=dict)


class Engines(Model):
    """Which engine does what in a job."""

    image: EngineChoice = EngineChoice(name="puppet")
    subject: EngineChoice | None = Field(default=None, description="None: nothing finds characters in scenery")
    video: EngineChoice = EngineChoice(name="puppet")
    matte: EngineChoice = EngineChoice(name="keyed")
    segment: EngineChoice = EngineChoice(name="graph")


class JobSpec(Model):
    """One order. It never changes: what people decide later is kept beside it."""

    title: str = Field(min_length=1, max_length=80, description="the pack's title")
    picture: ArtifactRef | None = Field(default=None, description="the character's picture as it was given")
    description: str | None = Field(default=None, max_length=600, description="the character in words")
    reference: ArtifactRef | None = Field(default=None, description="a picture that the described character follows")
    actions: tuple[Action, ...] = Field(min_length=1, max_length=40)
    platforms: tuple[str, ...] = Field(min_length=1)
    engines: Engines = Engines()
    review: Literal["auto", "ask"] = Field(default="auto", description="whether gates wait for a person")
    deadline_s: int | None = Field(default=None, ge=60, description="how long a gate waits; None: for ever")
    deadline_verdict: Literal["approve", "skip"] = Field(default="approve", description="what counts after that")
    keep_background: bool | None = Field(default=None, description="None: a plainly flat background is removed")
    clicks: tuple[Click, ...] = Field(default=(), max_length=64, description="on and beside the character, picture px")
    whiten_paper: bool = Field(default=False, description="whether the paper within a drawing becomes white")
    budget_cny: Cny | None = Field(default=None, description="paid calls stop before they pass it")
    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    side: int = Field(default=480, ge=240, le=1080, multiple_of=2, description="width and height of frames, px")
    chunk: int = Field(default=8, ge=1, le=64, description="frames per cut-out task")
    fallback: bool = Field(default=False, description="use the keyed engine where the chosen one cannot load")
    accounts: str = Field(default="default", max_length=80, description="name of the Prefect blocks with its accounts")
    captions: Captions | None = Field(default=None, description="words on the stickers; None: none")
    translations: tuple[Captions, ...] = Field(
        default=(),
        max_length=16,
        exclude_if=lambda given: not given,  # so that the same order as before is the same job
        description="the words once more, in other languages: each makes packs of its own from the same takes",
    )
    rig: ArtifactRef | None = Field(
        default=None,
        exclude_if=lambda rig: rig is None,  # so that the same order as before is the same job
        description="the character's parts as a person corrected them, a `CharacterRig` as JSON; None: they are found",
    )
    batch: str = Field(default="", max_length=40, description="tells apart two orders of the same things")

    @property
    def words(self) -> tuple[Captions, ...]:
        """The captions in each language; none: the stickers have no words."""
        return (() if self.captions is None else (self.captions,)) + self.translations

    @property
    def editions(self) -> tuple[str, ...]:
        """The names of the job's packs: one for each platform, or for each platform and language of several."""
        languages = [each.language for each in self.words] if self.translations else [""]
        return tuple(edition(platform, language) for platform in self.platforms for language in languages)

    def words_of(self, language: str) -> Captions | None:
        """Return the captions of a pack, by the language in its name."""
        return next((each for each in self.translations if each.language == language), self.captions)

    @model_validator(mode="after")
    def _one_language(self) -> Self:
        tags = [each.language for each in self.words]
        if len(set(tags)) != len(tags) or (self.translations and self.captions is None):
            raise ValueError("each language of the captions stands once in a job, its first one under captions")
        return self

    @model_validator(mode="after")
    def _one_character(self) -> Self:
        if (self.picture is None) == (self.description is None):
            raise ValueError("a job needs either a picture or a description of its character")
        names = [action.name for action in self.actions]
        if len(set(names)) != len(names):
            raise ValueError("an action stands twice in the job")
        return self
