"""Pictures for an order: upload, view, background removal and touch-up."""

from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, File, Path, Query, Response, UploadFile
from PIL import Image
from pydantic import ConfigDict, Field

from popcon.editing.apply import refined
from popcon.editing.refinements import check
from popcon.editing.verdicts import stored_picture
from popcon.errors import BadPicture
from popcon.media.pictures.flatness import is_flat
from popcon.media.pictures.picture import load_picture
from popcon.media.pictures.png import encode_png
from popcon.models.base import Model
from popcon.models.refinement import Click, Refinement, Stroke
from popcon.pixels import Rgba
from ui.web.state import AppState, StateDep
from ui.web.threads import in_thread
from ui.web.uploads import store_picture

router = APIRouter(prefix="/api/pictures", tags=["pictures"])

Sha = Annotated[
    str, Path(pattern=r"^[0-9a-f]{64}$", description="as `POST /api/pictures` named it", examples=["5e" * 32])
]
Background = Literal["auto", "keep", "remove"]
MAX_SIDE = 1024
"""Largest side in pixels at which a picture is touched up; a character is never larger."""


class PictureView(Model):
    """An uploaded picture."""

    picture: str = Field(description="its name from now on")
    width: int = Field(description="px, as it is touched up")
    height: int
    background: Literal["transparent", "flat", "scene"]
    sentence: str = Field(description="what will become of its background")


class TouchUp(Model):
    """Clicks and strokes on a picture, in its pixels as `PictureView` tells them."""

    background: Background = "auto"
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
    """Upload the picture of a character."""
    kept = await store_picture(picture, state.store, "The picture")
    return await in_thread(_view, state, kept.sha256)


@router.get("/{picture}", response_class=Response)
async def original(state: StateDep, picture: Sha) -> Response:
    """Return the picture as it was read, PNG."""
    return _png(await in_thread(lambda: encode_png(_pixels(state, picture))))


@router.get("/{picture}/character", response_class=Response)
async def character(state: StateDep, picture: Sha, background: Annotated[Background, Query()] = "auto") -> Response:
    """Return the picture without its background, PNG."""
    return _png(await in_thread(lambda: encode_png(_remove_background(_pixels(state, picture), background))))


@router.post("/{picture}/touch-up", response_class=Response)
async def preview(state: StateDep, picture: Sha, body: TouchUp) -> Response:
    """Apply clicks and strokes to the picture and return it, PNG. Nothing is stored."""
    return _png(await in_thread(lambda: encode_png(_touch_up(state, picture, body))), "no-store")


@router.post("/{picture}/touched-up", status_code=201)
async def touch_up(state: StateDep, picture: Sha, body: TouchUp) -> PictureView:
    """Apply clicks and strokes to the picture and store the result as another picture."""

    def keep() -> PictureView:
        made = _touch_up(state, picture, body)
        if not made[..., 3].any():
            raise BadPicture("Nothing of the picture is left; restore a part of it.")
        return _view(state, state.store.put(encode_png(made), "image/png").sha256)

    return await in_thread(keep)


def _pixels(state: AppState, sha256: str) -> Rgba:
    def load() -> Rgba:
        pixels = load_picture(state.store.get(stored_picture(state.store, sha256)), enough_px=MAX_SIDE)
        if max(pixels.shape[:2]) <= MAX_SIDE:
            return pixels
        small = Image.fromarray(pixels)
        small.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
        return np.ascontiguousarray(np.array(small))

    return state.pictures.get(sha256, load)


def _view(state: AppState, sha256: str) -> PictureView:
    pixels = _pixels(state, sha256)
    height, width = pixels.shape[:2]
    kind: Literal["transparent", "flat", "scene"] = "scene"
    if (pixels[..., 3] < 128).mean() >= 0.02:
        kind, sentence = "transparent", "Its own transparency is used."
    elif is_flat(pixels):
        kind, sentence = "flat", "It stands on one flat colour, which is taken away."
    else:
        sentence = "Its background is not one flat colour: mark the character by a click, or keep it as it is."
    return PictureView(picture=sha256, width=width, height=height, background=kind, sentence=sentence)


def _remove_background(pixels: Rgba, background: Background) -> Rgba:
    """Remove the background of a picture; its size stays."""
    if background == "keep" or (pixels[..., 3] < 128).mean() >= 0.02:
        return pixels
    from popcon.media.pictures.background import remove_background
    from popcon.media.pictures.flatness import measure_border

    border = measure_border(pixels)
    if not is_flat(pixels) and not (background == "remove" and border.share >= 0.4):
        return pixels
    return remove_background(pixels, border).rgba


def _touch_up(state: AppState, sha256: str, touch: TouchUp) -> Rgba:
    changes = Refinement(clicks=touch.clicks, strokes=touch.strokes)
    check(changes)
    pixels = _pixels(state, sha256)
    rgb = np.ascontiguousarray(pixels[..., :3])
    engine, _ = state.segment(None)
    # Clicks on a scene choose the character anew; on a cut-out they mend it.
    cut = _remove_background(pixels, touch.background)
    if touch.clicks and (cut[..., 3] > 127).all():
        cut = np.dstack([rgb, np.zeros(rgb.shape[:2], np.uint8)])
    return refined(rgb, np.ascontiguousarray(cut), changes, engine, None)


def _png(data: bytes, cache: str = "private, max-age=31536000, immutable") -> Response:
    return Response(data, media_type="image/png", headers={"cache-control": cache})
