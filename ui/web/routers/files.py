"""Downloads: results by job, action and platform, and pictures by hash. No address contains a path of the store."""

import re
from typing import Annotated, Any, TypeVar

import numpy as np
from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from PIL import Image

from popcon import naming
from popcon.errors import UnknownName
from popcon.media.pictures.picture import load_picture
from popcon.media.pictures.png import encode_png
from popcon.models.artifact import ArtifactRef
from popcon.models.base import Model
from popcon.models.results import Character, Sheet, StartFrame, Sticker, Take
from popcon.pipeline.inputs import StepInputsBuilder
from popcon.platforms.model import SUFFIXES
from popcon.storage import signed_links
from popcon.storage.records import result_of
from ui.web.routers.jobs import JobId
from ui.web.routers.verdicts import ActionName
from ui.web.state import AppState, StateDep
from ui.web.threads import in_thread

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
_IMMUTABLE = "private, max-age=31536000, immutable"


@router.get("/api/jobs/{job_id}/portrait", responses=FILE, response_class=Response)
async def portrait(state: StateDep, job_id: JobId) -> Response:
    """Return a thumbnail of the character as it was given, PNG; of a described character, once it is drawn."""

    def draw() -> bytes:
        job = state.job(job_id)
        ref = job.spec.picture
        if ref is None:
            made = result_of(state.store, StepInputsBuilder(state.archive, job).character().key(), Character)
            ref = made.picture if made else job.spec.reference
        if ref is None:
            raise UnknownName("picture of this job", job_id)
        found = ref
        return state.previews.get(("portrait", found.sha256), lambda: _thumbnail(state.store.get(found)))

    data = await in_thread(draw)
    return Response(data, media_type="image/png", headers={"cache-control": "private, max-age=3600"})


@router.get("/api/jobs/{job_id}/actions/{action}/start-frame", responses=FILE, response_class=Response)
async def start_frame(state: StateDep, request: Request, job_id: JobId, action: ActionName) -> Response:
    """Return the start frame of an action, PNG."""
    found = await in_thread(action_result, state, job_id, action, naming.result("start_frame"), StartFrame)
    return await file_response(state, request, found.picture, f"{action}-start")


@router.get("/api/jobs/{job_id}/actions/{action}/clip", responses=FILE, response_class=Response)
async def clip(state: StateDep, request: Request, job_id: JobId, action: ActionName) -> Response:
    """Return the clip of an action's last take, MP4."""
    found = await in_thread(action_result, state, job_id, action, naming.result("take"), Take)
    return await file_response(state, request, found.clip, f"{action}-clip")


@router.get("/api/jobs/{job_id}/actions/{action}/stickers/{platform}", responses=FILE, response_class=Response)
async def sticker(
    state: StateDep, request: Request, job_id: JobId, action: ActionName, platform: PlatformName
) -> Response:
    """Return a finished sticker in the platform's format."""
    found = await in_thread(action_result, state, job_id, action, naming.result("sticker", platform), Sticker)
    return await file_response(state, request, found.file, f"{action}-{platform}")


@router.get("/api/jobs/{job_id}/packs/{platform}", responses=FILE, response_class=Response)
async def pack(state: StateDep, request: Request, job_id: JobId, platform: PlatformName) -> Response:
    """Return a pack as the ZIP file that the platform's upload form takes."""
    job = await in_thread(state.job, job_id)
    summary = await in_thread(state.archive.job_summary, job_id)
    for each in summary.packs:
        if each.edition == platform:
            name = naming.pack_file(job.spec.title, platform).removesuffix(".zip")
            return await file_response(state, request, each.file, name, attach=True)
    raise UnknownName("pack in this job", platform, tuple(each.edition for each in summary.packs))


@router.get("/api/jobs/{job_id}/sheets/{platform}", responses=FILE, response_class=Response)
async def sheet(state: StateDep, request: Request, job_id: JobId, platform: PlatformName) -> Response:
    """Return the contact sheet of a pack, PNG."""
    await in_thread(state.job, job_id)
    summary = await in_thread(state.archive.job_summary, job_id)
    found: Sheet | None = summary.sheets.get(platform)
    if found is None:
        raise UnknownName("contact sheet in this job", platform, tuple(summary.sheets))
    return await file_response(state, request, found.picture, f"contact-sheet-{platform}")


@router.get("/artifacts/{sha256}", responses=FILE, response_class=Response, tags=["downloads"])
async def picture(
    state: StateDep,
    sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", examples=["5e" * 32])],
    expires: Annotated[int, Query(ge=0, le=10**12, description="of a signed link: seconds since 1970")] = 0,
    signature: Annotated[str, Query(max_length=64, description="of a signed link")] = "",
) -> Response:
    """Return a PNG picture by its hash. Under a signed link, other sites' pages may embed it until the link expires.

    Prefect's forms and artifacts show pictures by such links (see `popcon.storage.signed_links`).
    """
    headers = {"cache-control": _IMMUTABLE}
    if signature:
        if not await in_thread(signed_links.is_valid, state.store, sha256, expires, signature):
            raise HTTPException(403, "The link to this picture has expired, or is not one of PopCon's.")
        headers = {"cache-control": "private, max-age=86400", "cross-origin-resource-policy": "cross-origin"}
    data = await in_thread(state.store.read, naming.artifact(sha256))
    if data is None or not data.startswith(b"\x89PNG"):
        raise UnknownName("picture", sha256[:12])
    return Response(data, media_type="image/png", headers=headers)


async def file_response(
    state: AppState, request: Request, ref: ArtifactRef, name: str, attach: bool = False
) -> Response:
    """Send the bytes of an artifact under a file name; a part of them for a request with a Range header.

    The answer may be cached for ever if `v` in the query is the start of the artifact's hash. Another `v` is of a file
    that has been replaced meanwhile.
    """
    attach = attach or "download" in request.query_params
    version = request.query_params.get("v", "")
    headers = {
        "etag": f'"{ref.sha256[:32]}"',
        "cache-control": _IMMUTABLE if version and ref.sha256.startswith(version) else "private, no-cache",
        "accept-ranges": "bytes",
        "content-disposition": f'{"attachment" if attach else "inline"}; filename="{_file_name(name, ref)}"',
    }
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    data = await in_thread(state.store.get, ref)
    media_type = ref.media_type if ref.media_type in _SUFFIX else "application/octet-stream"
    part = re.fullmatch(r"bytes=(\d{1,12})-(\d{0,12})", request.headers.get("range", ""))
    if part and int(part[1]) < len(data):
        first, last = int(part[1]), min(int(part[2] or len(data) - 1), len(data) - 1)
        if first <= last:
            headers["content-range"] = f"bytes {first}-{last}/{len(data)}"
            return Response(data[first : last + 1], status_code=206, media_type=media_type, headers=headers)
    return Response(data, media_type=media_type, headers=headers)


def _thumbnail(data: bytes) -> bytes:
    small = Image.fromarray(load_picture(data, enough_px=320, draft=True))
    small.thumbnail((160, 160))
    return encode_png(np.ascontiguousarray(np.array(small)))


def _file_name(name: str, ref: ArtifactRef) -> str:
    return f"{naming.slug(name, 60) or 'popcon'}{_SUFFIX.get(ref.media_type, '.bin')}"


def action_result(state: AppState, job_id: str, action: str, name: str, kind: type[ResultT]) -> ResultT:
    job = state.job(job_id)
    names = [each.name for each in job.spec.actions]
    if action not in names:
        raise UnknownName("action in this job", action, names)
    found = state.archive.summary(job_id, action).results.get(name)
    if found is None:
        raise UnknownName(f"result of {action}", name, ())
    return kind.model_validate(found)
