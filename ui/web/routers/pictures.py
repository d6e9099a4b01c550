"""Pictures for an order: upload, view, how the character is cut out, and touch-up."""

from typing import Annotated

from fastapi import APIRouter, File, Path, Query, Response, UploadFile
from pydantic import ConfigDict, Field

from popcon.errors import BadPicture
from popcon.locales.sentences import say
from popcon.media.pictures.cut_free import Way
from popcon.media.pictures.png import encode_png
from popcon.models.base import Model
from popcon.models.refinement import Click, Stroke
from popcon.pixels import Rgba
from ui.web.characters import Background, Cutting
from ui.web.language import LanguageDep
from ui.web.state import AppState, StateDep
from ui.web.threads import in_pool, in_thread
from ui.web.uploads import read_upload

router = APIRouter(prefix="/api/pictures", tags=["pictures"])

Sha = Annotated[
    str, Path(pattern=r"^[0-9a-f]{64}$", description="as `POST /api/pictures` named it", examples=["5e" * 32])
]
Chosen = Annotated[Background, Query(description="how it is cut free")]
Whiten = Annotated[bool, Query(description="whether the paper within a drawing becomes white")]

_WAYS: dict[Way, str] = {
    "own alpha": "By its own transparency",
    "flat background": "Off its flat background",
    "paper": "Off its paper",
    "subject": "Found in its scenery",
    "clicks": "By your clicks",
    "kept": "Nothing was cut away",
}


class PictureView(Model):
    """An uploaded picture."""

    picture: str = Field(description="its name from now on")
    width: int = Field(description="px, as it is touched up")
    height: int


class CutView(Model):
    """How a character is cut out of its picture."""

    way: Way
    title: str = Field(description="the way, for a person")
    notes: tuple[str, ...] = Field(description="what was done, in sentences")
    doubt: str = Field(description="why a person should look at it, in a sentence; empty: no need")
    scale: float = Field(description="px of the picture as it was given for one px as it is touched up")


class TouchUp(Model):
    """Clicks and strokes on a picture, in its pixels as `PictureView` tells them."""

    background: Background = "auto"
    whiten: bool = False
    clicks: tuple[Click, ...] = ()
    strokes: tuple[Stroke, ...] = ()

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"background": "remove", "clicks": [{"x": 100, "y": 110, "positive": True}], "strokes": []}]
        }
    )


@router.post("", status_code=201)
async def upload(
    state: StateDep, picture: Annotated[UploadFile, File(description="PNG, JPEG, WebP, GIF, BMP or TIFF")]
) -> PictureView:
    """Upload the picture of a character. It is prepared for clicks from then on."""
    data = await read_upload(picture, "The picture")
    view = await in_thread(lambda: _view(state, state.characters.add(data)))
    state.threads.background.submit(state.characters.embedding, view.picture)
    return view


@router.get("/{picture}", response_class=Response)
async def original(state: StateDep, picture: Sha) -> Response:
    """Return the picture as it was read, PNG."""
    return _png(await in_thread(lambda: _shown(state.characters.pixels(picture))))


@router.get("/{picture}/cut")
async def cut(
    state: StateDep, language: LanguageDep, picture: Sha, background: Chosen = "auto", whiten: Whiten = False
) -> CutView:
    """Tell how the character is cut out of the picture, and whether a person should look at it.

    The picture is prepared for clicks meanwhile, so that the first one need not wait.
    """
    state.threads.background.submit(state.characters.embedding, picture)
    made = await in_thread(state.characters.cut, picture, Cutting(background, whiten))
    scale = await in_thread(state.characters.scale, picture)
    return CutView(
        way=made.way,
        title=say(_WAYS[made.way], language),
        notes=tuple(say(each, language) for each in made.notes),
        doubt=say(made.doubt, language),
        scale=scale,
    )


@router.get("/{picture}/character", response_class=Response)
async def character(state: StateDep, picture: Sha, background: Chosen = "auto", whiten: Whiten = False) -> Response:
    """Return the character as it is cut out of the picture, PNG of the picture's size."""
    return _png(await in_thread(lambda: _shown(state.characters.cut(picture, Cutting(background, whiten)).rgba)))


@router.post("/{picture}/touch-up", response_class=Response)
async def preview(state: StateDep, picture: Sha, body: TouchUp) -> Response:
    """Apply clicks and strokes to the character and return it, PNG. Nothing is stored."""
    return _png(await in_pool(state.threads.clicks, lambda: _shown(_touched_up(state, picture, body))), "no-store")


@router.post("/{picture}/touched-up", status_code=201)
async def touch_up(state: StateDep, picture: Sha, body: TouchUp) -> PictureView:
    """Apply clicks and strokes to the character and store the result as another picture, with transparency."""

    def keep() -> PictureView:
        made = _touched_up(state, picture, body)
        if not made[..., 3].any():
            raise BadPicture("Nothing of the picture is left; restore a part of it.")
        return _view(state, state.store.put(encode_png(made), "image/png").sha256)

    return await in_thread(keep)


def _touched_up(state: AppState, picture: str, body: TouchUp) -> Rgba:
    return state.characters.touched_up(picture, Cutting(body.background, body.whiten), body.clicks, body.strokes)


def _view(state: AppState, sha256: str) -> PictureView:
    height, width = state.characters.pixels(sha256).shape[:2]
    return PictureView(picture=sha256, width=width, height=height)


def _shown(pixels: Rgba) -> bytes:
    return encode_png(pixels, quick=True)


def _png(data: bytes, cache: str = "private, max-age=31536000, immutable") -> Response:
    return Response(data, media_type="image/png", headers={"cache-control": cache})
