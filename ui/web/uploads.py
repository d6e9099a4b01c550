"""Bodies and uploads are measured while they come in, and looked at before anything is decoded."""

import asyncio
import contextlib
from collections.abc import MutableMapping
from typing import Any

from fastapi import UploadFile

from popcon.errors import BadPicture
from popcon.media.pictures.picture import MAX_BYTES, load_picture
from popcon.models.artifact import ArtifactRef
from popcon.storage.store import Store
from ui.web.security import App, Receive, Scope, Send, _answer

LARGEST_BODY = 2 * MAX_BYTES + 1_000_000
"""A picture, a reference, and the words around them."""
LARGEST_JSON = 4_000_000


class TooLarge(Exception):
    """A body goes on after the most that is accepted."""


class BodyLimit:
    """ASGI middleware that stops reading a body that is too large, whatever length it claims."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = dict(scope["headers"])
        form = headers.get(b"content-type", b"").startswith(b"multipart/form-data")
        most = LARGEST_BODY if form else LARGEST_JSON
        told = headers.get(b"content-length", b"0")
        sentence = f"The request is larger than {most / 1e6:.0f} MB; nothing was changed."
        if told.isdigit() and int(told) > most:
            return await _answer(send, 413, sentence, None)
        seen, refused = 0, False

        async def limited() -> MutableMapping[str, Any]:
            nonlocal seen
            if seen > most:
                raise TooLarge
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise TooLarge
            return message

        async def said(message: MutableMapping[str, Any]) -> None:
            # Whatever the app makes of a body that breaks off, the reason is told.
            nonlocal refused
            if seen <= most:
                await send(message)
            elif not refused:
                refused = True
                await _answer(send, 413, sentence, None)

        with contextlib.suppress(TooLarge):
            await self._app(scope, limited, said)
        if seen > most and not refused:
            await _answer(send, 413, sentence, None)


async def keep_picture(upload: UploadFile, store: Store, name: str) -> ArtifactRef:
    """Keep an uploaded picture once it is known to be one.

    Raises:
        BadPicture: it is too large, or no picture.
    """
    data = await upload.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise BadPicture(f"{name} has more than {MAX_BYTES // 1_000_000} MB; make it smaller.")
    await asyncio.to_thread(load_picture, data, name)
    kind = "image/png" if data.startswith(b"\x89PNG") else "application/octet-stream"
    return await asyncio.to_thread(store.put, data, kind)
