"""References to bytes in the store."""

from pydantic import Field

from popcon.models.base import Model


class ArtifactRef(Model):
    """Bytes in the store, named by what they are. Steps pass these, never pixels."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the bytes, lower-case hexadecimal")
    size: int = Field(ge=0, description="length in bytes")
    media_type: str = Field(description="MIME type, such as image/png or video/mp4")
