"""Downloads. A file is named by its job, action and platform; the store's own paths are never in an address."""

import re
from typing import Annotated, Any, TypeVar

import numpy as np
from fastapi import APIRouter, Path, Request, Response
from PIL import Image

from popcon import naming
from popcon.errors import UnknownName
from popcon.media.pictures.picture import load_picture
from popcon.media.pictures.png import encode_png
from popcon.models.artifact import ArtifactRef
from popcon.models.base import Model
from popcon.models.results import Character, Sheet, StartFrame, Sticker, Take
from popcon.pipeline.inputs import StepInputsBuilder
from popcon.pipeline.keys import Step
from popcon.platforms.model import SUFFIXES
from popcon.storage.records import result_of
from ui.web.orders import JobContext
from ui.web.routers.jobs import JobId
from ui.web.routers.verdicts import ActionName
from ui.web.state import AppState
from ui.web.threads import aside

router = APIRouter(tags=["downloads"])

PlatformName = Annotated[str, Path(max_length=40, examples=["line-emoji"])]
FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": {}}, "description": "the file"}}
_SUFFIX = {
    "image/png": ".png",
    "image/gif": SUFFIXES["gif"],
    "image/webp": SUFFIXES["webp"],
    "video/webm": SUFFIXES["webm"],
    "video/mp4": ".mp4",
    "application/zip": ".zip",
}
ResultT = TypeVar("ResultT", bound=Model)
_FOREVER = "private, max-age=31536000, immutable"


@router.get("/api/jobs/{job_id}/portrait", responses=FILE, response_class=Response)
async def portrait(shop: JobContext, job_id: JobId) -> Response:
    """The character as it was given, small, PNG. A described character is shown once it is drawn."""

    def draw() -> bytes:
        job = shop.job(job_id)
        ref = job.spec.picture
        if ref is None:
            made = result_of(shop.store, StepInputsBuilder(shop.archive, job).character().key(), Character)
            ref = made.picture if made else job.spec.reference
        if ref is None:
            raise UnknownName("picture of this job", job_id)
        found = ref
        return shop.previews.get(("portrait", found.sha256), lambda: _small(shop.store.get(found)))

    data = await aside(draw)
    return Response(data, media_type="image/png", headers={"cache-control": "private, max-age=3600"})


@router.get("/api/jobs/{job_id}/actions/{action}/start-frame", responses=FILE, response_class=Response)
async def start_frame(shop: JobContext, request: Request, job_id: JobId, action: ActionName) -> Response:
    """The start frame that an action begins from, PNG."""
    found = await aside(_result, shop, job_id, action, Step.START_FRAME, StartFrame)
    return await send(shop, request, found.picture, f"{action}-start")


@router.get("/api/jobs/{job_id}/actions/{action}/clip", responses=FILE, response_class=Response)
async def clip(shop: JobContext, request: Request, job_id: JobId, action: ActionName) -> Response:
    """The clip of an action's last take, MP4."""
    found = await aside(_result, shop, job_id, action, Step.TAKE, Take)
    return await send(shop, request, found.clip, f"{action}-clip")


@router.get("/api/jobs/{job_id}/actions/{action}/stickers/{platform}", responses=FILE, response_class=Response)
async def sticker(
    shop: JobContext, request: Request, job_id: JobId, action: ActionName, platform: PlatformName
) -> Response:
    """A finished sticker, as the platform takes it."""
    found = await aside(_result, shop, job_id, action, f"{Step.STICKER}:{platform}", Sticker)
    return await send(shop, request, found.file, f"{action}-{platform}")


@router.get("/api/jobs/{job_id}/packs/{platform}", responses=FILE, response_class=Response)
async def pack(shop: JobContext, request: Request, job_id: JobId, platform: PlatformName) -> Response:
    """A pack, ZIP, as the platform's upload form takes it."""
    job = await aside(shop.job, job_id)
    summary = await aside(shop.archive.job_summary, job_id)
    for each in summary.packs:
        if each.platform == platform:
            name = naming.pack_file(job.spec.title, platform).removesuffix(".zip")
            return await send(shop, request, each.file, name, attach=True)
    raise UnknownName("pack in this job", platform, tuple(each.platform for each in summary.packs))


@router.get("/api/jobs/{job_id}/sheets/{platform}", responses=FILE, response_class=Response)
async def sheet(shop: JobContext, request: Request, job_id: JobId, platform: PlatformName) -> Response:
    """The contact sheet of a pack, PNG."""
    await aside(shop.job, job_id)
    summary = await aside(shop.archive.job_summary, job_id)
    found: Sheet | None = summary.sheets.get(platform)
    if found is None:
        raise UnknownName("contact sheet in this job", platform, tuple(summary.sheets))
    return await send(shop, request, found.picture, f"contact-sheet-{platform}")


@router.get("/artifacts/{sha256}", responses=FILE, response_class=Response, tags=["downloads"])
async def picture(
    shop: JobContext, request: Request, sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", examples=["5e" * 32])]
) -> Response:
    """A picture by its hash, for Prefect's own pages. Anything but a picture is not shown."""
    data = await aside(shop.store.read, naming.artifact(sha256))
    if data is None or not data.startswith(b"\x89PNG"):
        raise UnknownName("picture", sha256[:12])
    return Response(data, media_type="image/png", headers={"cache-control": _FOREVER})


async def send(shop: AppState, request: Request, ref: ArtifactRef, name: str, attach: bool = False) -> Response:
    """An artifact's bytes, with a name to save it under. A part of it where the browser asks for one.

    Under an address with the start of its hash as `v` it may be kept for ever. Where `v` is another one's, what the
    address was made for has been replaced meanwhile.
    """
    attach = attach or "download" in request.query_params
    version = request.query_params.get("v", "")
    headers = {
        "etag": f'"{ref.sha256[:32]}"',
        "cache-control": _FOREVER if version and ref.sha256.startswith(version) else "private, no-cache",
        "accept-ranges": "bytes",
        "content-disposition": f'{"attachment" if attach else "inline"}; filename="{_file_name(name, ref)}"',
    }
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    data = await aside(shop.store.get, ref)
    media_type = ref.media_type if ref.media_type in _SUFFIX else "application/octet-stream"
    part = re.fullmatch(r"bytes=(\d{1,12})-(\d{0,12})", request.headers.get("range", ""))
    if part and int(part[1]) < len(data):
        first, last = int(part[1]), min(int(part[2] or len(data) - 1), len(data) - 1)
        if first <= last:
            headers["content-range"] = f"bytes {first}-{last}/{len(data)}"
            return Response(data[first : last + 1], status_code=206, media_type=media_type, headers=headers)
    return Response(data, media_type=media_type, headers=headers)


def _small(data: bytes) -> bytes:
    small = Image.fromarray(load_picture(data))
    small.thumbnail((160, 160))
    return encode_png(np.ascontiguousarray(np.array(small)))


def _file_name(name: str, ref: ArtifactRef) -> str:
    return f"{naming.slug(name, 60) or 'popcon'}{_SUFFIX.get(ref.media_type, '.bin')}"


def _result(shop: AppState, job_id: str, action: str, step: str, kind: type[ResultT]) -> ResultT:
    job = shop.job(job_id)
    names = [each.name for each in job.spec.actions]
    if action not in names:
        raise UnknownName("action in this job", action, names)
    found = shop.archive.summary(job_id, action).results.get(step)
    if found is None:
        raise UnknownName(f"result of {action}", step, ())
    return kind.model_validate(found)
