"""Limits the size of request bodies while they are read, and checks uploaded pictures before they are stored."""

import asyncio
import contextlib
from collections.abc import MutableMapping
from typing import Any

from fastapi import UploadFile

from popcon.errors import BadPicture
from popcon.media.pictures.picture import CHECK_PX, MAX_BYTES, load_picture
from popcon.models.artifact import ArtifactRef
from popcon.storage.store import Store
from ui.web.security import App, Receive, Scope, Send, _answer

LARGEST_BODY = 2 * MAX_BYTES + 1_000_000
"""Bytes of a multipart body: a picture, a reference picture and the other fields of an order."""
LARGEST_JSON = 4_000_000


class TooLarge(Exception):
    """A request body exceeds the accepted size."""


class BodyLimit:
    """ASGI middleware that stops reading a body that is too large, whatever its Content-Length says."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = dict(scope["headers"])
        form = headers.get(b"content-type", b"").startswith(b"multipart/form-data")
        most = LARGEST_BODY if form else LARGEST_JSON
        length = headers.get(b"content-length", b"0")
        sentence = f"The request is larger than {most / 1e6:.0f} MB; nothing was changed."
        if length.isdigit() and int(length) > most:
            return await _answer(send, 413, sentence, None)
        received, refused = 0, False

        async def limited_receive() -> MutableMapping[str, Any]:
            nonlocal received
            if received > most:
                raise TooLarge
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise TooLarge
            return message

        async def checked_send(message: MutableMapping[str, Any]) -> None:
            # The app may answer anything to a body that breaks off; the client gets the reason instead.
            nonlocal refused
            if received <= most:
                await send(message)
            elif not refused:
                refused = True
                await _answer(send, 413, sentence, None)

        with contextlib.suppress(TooLarge):
            await self._app(scope, limited_receive, checked_send)
        if received > most and not refused:
            await _answer(send, 413, sentence, None)


async def store_picture(upload: UploadFile, store: Store, name: str) -> ArtifactRef:
    """Check an uploaded picture by decoding it, and put its bytes into the store.

    Raises:
        BadPicture: it is too large, or no picture.
    """
    data = await read_upload(upload, name)
    await asyncio.to_thread(load_picture, data, name, enough_px=CHECK_PX, draft=True)
    return await asyncio.to_thread(put_picture, store, data)


async def read_upload(upload: UploadFile, name: str) -> bytes:
    """Return the bytes of an uploaded picture.

    Raises:
        BadPicture: they are too many.
    """
    data = await upload.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise BadPicture(f"{name} has more than {MAX_BYTES // 1_000_000} MB; make it smaller.")
    return data


def put_picture(store: Store, data: bytes) -> ArtifactRef:
    """Put a picture that was decoded without complaint into the store."""
    return store.put(data, "image/png" if data.startswith(b"\x89PNG") else "application/octet-stream")
