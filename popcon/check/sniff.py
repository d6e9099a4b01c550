"""Which parser a file is for, by its first bytes, never by its name."""

from popcon.check import gif, png, webm, webp
from popcon.check.media import MAX_FILE_BYTES, Media


def read_media(data: bytes) -> Media | None:
    """Read a picture or animation of any format known here; None if it is none of them, or too large to be read."""
    if len(data) > MAX_FILE_BYTES:
        return None
    if data.startswith(png.SIGNATURE):
        return png.read(data)
    if data.startswith(gif.SIGNATURES):
        return gif.read(data)
    if webp.is_webp(data):
        return webp.read(data)
    if data.startswith(webm.SIGNATURE):
        return webm.read(data)
    return None


def described(data: bytes) -> str:
    """Return what an unknown file is, for a person."""
    if len(data) > MAX_FILE_BYTES:
        return f"a file of {len(data)} bytes, which is not read"
    known = {b"\xff\xd8\xff": "a JPEG", b"BM": "a BMP", b"PK\x03\x04": "a ZIP", b"%PDF": "a PDF", b"II*\0": "a TIFF"}
    for magic, name in known.items():
        if data.startswith(magic):
            return name
    if data[4:8] == b"ftyp":
        return "an MP4 or HEIF"
    return "no picture format known here" if data else "an empty file"
