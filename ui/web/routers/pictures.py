"""Pictures on their way into an order: uploaded, looked at, freed of their background, touched up."""

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
from ui.web.orders import JobContext
from ui.web.state import AppState
from ui.web.threads import aside
from ui.web.uploads import keep_picture

router = APIRouter(prefix="/api/pictures", tags=["pictures"])

Sha = Annotated[
    str, Path(pattern=r"^[0-9a-f]{64}$", description="as `POST /api/pictures` named it", examples=["5e" * 32])
]
Background = Literal["auto", "keep", "remove"]
WORK_SIDE = 1024
"""Pictures are touched up no larger than this; a character is made no larger than that anyway."""


class PictureView(Model):
    """An uploaded picture."""

    picture: str = Field(description="its name from now on")
    width: int = Field(description="px, as it is touched up")
    height: int
    background: Literal["transparent", "flat", "scene"]
    sentence: str = Field(description="what will become of its background")


class Touch(Model):
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
    shop: JobContext, picture: Annotated[UploadFile, File(description="PNG, JPEG, WebP, GIF, BMP or TIFF")]
) -> PictureView:
    """Upload a character's picture."""
    kept = await keep_picture(picture, shop.store, "The picture")
    return await aside(_view, shop, kept.sha256)


@router.get("/{picture}", response_class=Response)
async def original(shop: JobContext, picture: Sha) -> Response:
    """The picture as it was read, PNG."""
    return _png(await aside(lambda: encode_png(_work(shop, picture))))


@router.get("/{picture}/character", response_class=Response)
async def character(shop: JobContext, picture: Sha, background: Annotated[Background, Query()] = "auto") -> Response:
    """The picture without its background, PNG."""
    return _png(await aside(lambda: encode_png(_cut(_work(shop, picture), background))))


@router.post("/{picture}/touch-up", response_class=Response)
async def preview(shop: JobContext, picture: Sha, body: Touch) -> Response:
    """What clicks and strokes make of the picture, PNG. Keeps nothing."""
    return _png(await aside(lambda: encode_png(_touched(shop, picture, body))), "no-store")


@router.post("/{picture}/touched-up", status_code=201)
async def touch_up(shop: JobContext, picture: Sha, body: Touch) -> PictureView:
    """Keep what clicks and strokes make of the picture, as a picture of its own."""

    def keep() -> PictureView:
        made = _touched(shop, picture, body)
        if not made[..., 3].any():
            raise BadPicture("Nothing of the picture is left; restore a part of it.")
        return _view(shop, shop.store.put(encode_png(made), "image/png").sha256)

    return await aside(keep)


def _work(shop: AppState, sha256: str) -> Rgba:
    def load() -> Rgba:
        pixels = load_picture(shop.store.get(stored_picture(shop.store, sha256)))
        if max(pixels.shape[:2]) <= WORK_SIDE:
            return pixels
        small = Image.fromarray(pixels)
        small.thumbnail((WORK_SIDE, WORK_SIDE), Image.Resampling.BOX)
        return np.ascontiguousarray(np.array(small))

    return shop.pictures.get(sha256, load)


def _view(shop: AppState, sha256: str) -> PictureView:
    pixels = _work(shop, sha256)
    height, width = pixels.shape[:2]
    kind: Literal["transparent", "flat", "scene"] = "scene"
    if (pixels[..., 3] < 128).mean() >= 0.02:
        kind, told = "transparent", "Its own transparency is used."
    elif is_flat(pixels):
        kind, told = "flat", "It stands on one flat colour, which is taken away."
    else:
        told = "Its background is not one flat colour: mark the character by a click, or keep it as it is."
    return PictureView(picture=sha256, width=width, height=height, background=kind, sentence=told)


def _cut(pixels: Rgba, background: Background) -> Rgba:
    """The picture without its background, at its own size."""
    if background == "keep" or (pixels[..., 3] < 128).mean() >= 0.02:
        return pixels
    from popcon.media.pictures.background import remove_background
    from popcon.media.pictures.flatness import measure_border

    border = measure_border(pixels)
    if not is_flat(pixels) and not (background == "remove" and border.share >= 0.4):
        return pixels
    return remove_background(pixels, border).rgba


def _touched(shop: AppState, sha256: str, touch: Touch) -> Rgba:
    changes = Refinement(clicks=touch.clicks, strokes=touch.strokes)
    check(changes)
    pixels = _work(shop, sha256)
    rgb = np.ascontiguousarray(pixels[..., :3])
    engine, _ = shop.segment(None)
    # Clicks on a scene choose the character anew; on a cut-out they mend it.
    cut = _cut(pixels, touch.background)
    if touch.clicks and (cut[..., 3] > 127).all():
        cut = np.dstack([rgb, np.zeros(rgb.shape[:2], np.uint8)])
    return refined(rgb, np.ascontiguousarray(cut), changes, engine, None)


def _png(data: bytes, cache: str = "private, max-age=31536000, immutable") -> Response:
    return Response(data, media_type="image/png", headers={"cache-control": cache})
