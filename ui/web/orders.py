"""Parses the order form into a `JobSpec`."""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal, TypeVar

from fastapi import Depends, File, Form, UploadFile
from pydantic import Field, TypeAdapter, ValidationError

from popcon.actions import custom
from popcon.editing.verdicts import stored_picture
from popcon.engines import registry
from popcon.errors import BadInput
from popcon.jobs.captions import FONT_TYPE, CaptionOptions, job_captions
from popcon.jobs.engine_sets import EngineSet, chosen_engines, with_settings, with_shadow
from popcon.jobs.spec_builder import RIG_TYPE, chosen, chosen_actions
from popcon.models.action import Action
from popcon.models.artifact import ArtifactRef
from popcon.models.base import Model
from popcon.models.caption import CaptionMotion, Captions
from popcon.models.job import EngineChoice, JobSpec
from popcon.models.refinement import Click
from popcon.platforms import PLATFORMS
from popcon.storage.store import Store
from ui.web.state import AppState
from ui.web.threads import in_thread
from ui.web.uploads import store_picture


class CustomAction(Model):
    """An action of one's own."""

    name: str = Field(min_length=1, max_length=60)
    motion: str = Field(min_length=1, max_length=600)
    effect: str = Field(default="", max_length=300)


T = TypeVar("T")

_CUSTOMS = TypeAdapter(Annotated[list[CustomAction], Field(max_length=40)])
_CLICKS = TypeAdapter(Annotated[tuple[Click, ...], Field(max_length=64)])
_TEXTS = TypeAdapter(dict[str, str])


def _parsed(text: str, kind: TypeAdapter[T], says: str) -> T:
    """Return the value of a form's field that holds JSON.

    Raises:
        BadInput: it is no JSON, or not of this kind; the message is `says`.
    """
    try:
        return kind.validate_python(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise BadInput(says) from error


class OrderForm:
    """The fields of the order form (a FastAPI dependency)."""

    def __init__(
        self,
        picture: Annotated[UploadFile | None, File(description="PNG, JPEG, WebP, GIF, BMP or TIFF")] = None,
        picture_id: Annotated[str, Form(max_length=64, description="instead: a picture that was uploaded")] = "",
        describe: Annotated[str, Form(max_length=600, description="instead: the character in words")] = "",
        reference: Annotated[UploadFile | None, File(description="a picture that a description follows")] = None,
        reference_id: Annotated[str, Form(max_length=64)] = "",
        actions: Annotated[
            str, Form(max_length=2000, description="presets, separated by commas, or all", examples=["wave,laugh,cry"])
        ] = "",
        custom: Annotated[
            str,
            Form(
                max_length=40_000,
                description="actions of your own, as a JSON list",
                examples=['[{"name": "Spin", "motion": "turns once on the spot", "effect": "stars"}]'],
            ),
        ] = "[]",
        platforms: Annotated[str, Form(max_length=600, examples=["line-emoji,telegram-emoji"])] = "line-emoji",
        engine: Annotated[EngineSet, Form()] = "embedded",
        matte: Annotated[str, Form(max_length=40)] = "keyed",
        shadow: Annotated[
            Literal["", "remove", "keep"],
            Form(description="of keyed: a soft shadow goes, or stays as a soft black one; empty: the usual"),
        ] = "",
        fallback: Annotated[
            bool, Form(description="let keyed cut out where the chosen engine cannot be loaded")
        ] = False,
        segment: Annotated[str, Form(max_length=40, description="what turns clicks into masks; empty: the usual")] = "",
        review: Annotated[Literal["auto", "ask"], Form(description="ask: a person approves")] = "ask",
        background: Annotated[Literal["auto", "keep", "remove"], Form()] = "auto",
        clicks: Annotated[
            str,
            Form(
                max_length=20_000,
                description="what the character is: clicks on the uploaded picture in px as it was answered, as JSON",
                examples=['[{"x": 120, "y": 100, "positive": true}]'],
            ),
        ] = "[]",
        whiten: Annotated[bool, Form(description="make the paper within a drawing white")] = False,
        language: Annotated[
            str, Form(max_length=80, description="of words on the stickers, several with commas between; empty: none")
        ] = "",
        captions: Annotated[
            str,
            Form(
                max_length=10_000,
                description="own words in the first language, by action, as JSON",
                examples=['{"wave": "Hi!"}'],
            ),
        ] = "{}",
        caption_motion: Annotated[CaptionMotion | Literal[""], Form()] = "",
        rig_id: Annotated[
            str,
            Form(max_length=64, description="the character's parts, as `POST /api/pictures/{picture}/rig` keeps them"),
        ] = "",
        budget: Annotated[str, Form(max_length=20, description="what the job may spend; empty: no limit")] = "",
        title: Annotated[str, Form(max_length=80)] = "",
        seed: Annotated[int, Form(ge=0, le=2**31 - 1)] = 0,
        batch: Annotated[str, Form(max_length=40, description="tells apart two orders of the same things")] = "",
    ) -> None:
        self.picture, self.picture_id, self.describe = picture, picture_id, describe.strip()
        self.reference, self.reference_id = reference, reference_id
        self.actions, self.custom, self.platforms = actions, custom, platforms
        self.engine, self.matte, self.review, self.background = engine, matte, review, background
        self.clicks, self.whiten = clicks, whiten
        self.language, self.captions, self.caption_motion = language.strip(), captions, caption_motion
        self.fallback, self.segment = fallback, segment.strip()
        self.shadow = shadow if matte == "keyed" else ""
        self.rig_id = rig_id.strip()
        self.budget, self.title, self.seed, self.batch = budget, title.strip(), seed, batch

    async def spec(self, state: AppState) -> JobSpec:
        """Build the spec of the job that the form describes.

        Raises:
            BadInput: the order cannot be made; nothing was placed.
        """
        if self.picture is not None and not self.picture.filename and not self.picture.size:
            self.picture = None
        given = sum([self.picture is not None, bool(self.picture_id), bool(self.describe)])
        if given != 1:
            raise BadInput("A pack needs one character: give a picture, or describe one.")
        actions = chosen_actions(self.actions, ()) if self.actions.strip() or not self._customs() else []
        actions += [custom(f"{each.name.replace('=', ' ')}={each.motion}", each.effect) for each in self._customs()]
        platforms = chosen(self.platforms, tuple(PLATFORMS), "platform")
        matte = with_settings(self.matte, with_shadow((), self.shadow), "shadow")
        segment = EngineChoice(name=self.segment)
        engines = await in_thread(chosen_engines, self.engine, matte, segment, self.fallback, platforms)
        for kind in ("image", "video"):
            # An engine that cannot be used here is refused now; the check may import a vendor's library.
            await in_thread(registry.fingerprint, kind, getattr(engines, kind))
        words = await in_thread(self._words, state.store, actions, platforms)
        picture = await self._stored(state, self.picture, self.picture_id, "The character")
        reference = await self._stored(state, self.reference, self.reference_id, "The reference")
        clicks = self._clicks()
        if clicks:
            if picture is None:
                raise BadInput("clicks: they go with a picture; a described character is not in one.")
            clicks = await in_thread(state.characters.clicks_as_given, picture.sha256, clicks)
        rig = await in_thread(self._rig, state, picture)
        try:
            return JobSpec(
                title=self.title or self._default_title() or "My pack",
                picture=picture,
                description=self.describe or None,
                reference=reference if self.describe else None,
                actions=tuple(actions),
                platforms=tuple(platforms),
                engines=engines,
                fallback=self.fallback,
                review=self.review,
                clicks=clicks,
                rig=rig,
                captions=words[0] if words else None,
                translations=words[1:],
                whiten_paper=self.whiten,
                keep_background={"auto": None, "keep": True, "remove": False}[self.background],
                budget_cny=self._budget(),
                seed=self.seed,
                batch=self.batch,
            )
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise BadInput(f"The order cannot be taken: {where + ': ' if where else ''}{first['msg']}.") from error

    async def _stored(self, state: AppState, upload: UploadFile | None, sha256: str, name: str) -> ArtifactRef | None:
        if upload is not None and (upload.filename or upload.size):
            return await store_picture(upload, state.store, name)
        return await in_thread(stored_picture, state.store, sha256) if sha256 else None

    def _rig(self, state: AppState, picture: ArtifactRef | None) -> ArtifactRef | None:
        if not self.rig_id:
            return None
        if picture is None:
            raise BadInput("rig_id: it goes with a picture; a described character is not drawn yet.")
        if not re.fullmatch(r"[0-9a-f]{64}", self.rig_id):
            raise BadInput("rig_id: give the name that POST /api/pictures/{picture}/rig answered with.")
        data = state.characters.rig(picture.sha256, self.rig_id).model_dump_json().encode()
        return state.store.put(data, RIG_TYPE)

    def _customs(self) -> list[CustomAction]:
        says = 'custom: give a JSON list such as [{"name": "Spin", "motion": "turns once"}].'
        return _parsed(self.custom or "[]", _CUSTOMS, says)

    def _words(self, store: Store, actions: list[Action], platforms: list[str]) -> tuple[Captions, ...]:
        """Return the words on the stickers in each language; their fonts are kept in the store."""
        own = _parsed(self.captions or "{}", _TEXTS, 'captions: give a JSON object such as {"wave": "Hi!"}.')
        if not self.language:
            return ()
        names = {action.name for action in actions}
        said = tuple(f"{name}={text}" for name, text in own.items() if name in names and text.strip())
        motion = self.caption_motion or None
        options = CaptionOptions(language=self.language, caption=said, caption_motion=motion)
        found = []
        for made, font in job_captions(options, actions, platforms):
            # An own text that is empty takes the bundled one away.
            texts = {name: text for name, text in made.texts.items() if own.get(name, text).strip()}
            if texts:
                store.put(font, FONT_TYPE)
                found.append(made.model_copy(update={"texts": texts}))
        return tuple(found)

    def _clicks(self) -> tuple[Click, ...]:
        says = 'clicks: give a JSON list such as [{"x": 120, "y": 100, "positive": true}].'
        return _parsed(self.clicks or "[]", _CLICKS, says)

    def _budget(self) -> Decimal | None:
        if not self.budget.strip():
            return None
        try:
            value = Decimal(self.budget.strip())
        except InvalidOperation as error:
            raise BadInput(f"budget: {self.budget[:20]!r} is not an amount.") from error
        if not value.is_finite() or value < 0:
            raise BadInput("budget: give an amount of 0 or more, in the currency of the account.")
        return value

    def _default_title(self) -> str:
        if self.picture is not None and self.picture.filename:
            return self.picture.filename.replace("\\", "/").rpartition("/")[2].rpartition(".")[0].strip()[:80]
        return self.describe[:60].strip()


Order = Annotated[OrderForm, Depends()]
