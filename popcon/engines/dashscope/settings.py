"""What a person may set about the DashScope engines."""

import os
from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator

from popcon.engines.dashscope.models import IMAGE_MODELS, VIDEO_MODELS, Catalogue, ImageModel, VideoModel
from popcon.errors import BadInput
from popcon.models.base import Model


class DashScopeSettings(Model):
    """Settings of the DashScope engines. `api_key` shows as asterisks wherever these are printed."""

    api_key: SecretStr | None = Field(default=None, description="the key (sk-…) of a DashScope account")
    base_url: str = Field(
        default="https://dashscope.aliyuncs.com/api/v1", description="where the service is; one for a whole process"
    )
    video_model: str = Field(default="wan2.2-i2v-flash", description="animates; a kf2v model makes seamless loops")
    resolution: str = Field(default="480P", description="of clips: 480P, 720P or 1080P, as the model has them")
    seconds: int = Field(default=5, ge=1, le=60, description="length of a clip")
    draw_model: str = Field(default="qwen-image-plus", description="draws a character from words")
    edit_model: str = Field(default="qwen-image-edit-plus", description="draws start frames from the character")
    picture_side: int = Field(default=1024, ge=512, le=2048, description="width and height of drawn pictures, px")
    send_pictures: Literal["inline", "upload"] = Field(
        default="inline", description="inline: within the request; upload: to the service's own storage first"
    )
    look_every: float = Field(default=5.0, gt=0, description="seconds between looks at tasks that may be a lost one")
    create_timeout: float = Field(default=120.0, gt=0, description="seconds to wait for the answer to a request")
    video_models: Mapping[str, VideoModel] = Field(default_factory=dict, description="further or corrected models")
    image_models: Mapping[str, ImageModel] = Field(default_factory=dict, description="further or corrected models")

    @field_validator("base_url")
    @classmethod
    def _is_a_url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
            raise ValueError("base_url begins with https://, names a host, and carries no user name")
        return url.rstrip("/")

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue(video={**VIDEO_MODELS, **self.video_models}, image={**IMAGE_MODELS, **self.image_models})

    def key(self) -> str:
        """The key, fit for a header.

        Raises:
            BadInput: there is none, or it holds what no key can. The message does not show it.
        """
        key = self.api_key.get_secret_value().strip() if self.api_key else ""
        if not key:
            raise BadInput("DashScope needs a key: set DASHSCOPE_API_KEY, or the key in the block of its credentials.")
        if not key.isascii() or not key.isprintable() or " " in key:
            raise BadInput("The DashScope key holds characters that no key has; copy it again from the console.")
        return key


_OURS = ("video_model", "resolution", "seconds", "draw_model", "edit_model", "picture_side", "send_pictures")


def settings_from_environment(**given: object) -> DashScopeSettings:
    """Settings with `given` values first, then the environment's, then the defaults.

    DASHSCOPE_API_KEY and DASHSCOPE_HTTP_BASE_URL are the SDK's own names; POPCON_DASHSCOPE_VIDEO_MODEL,
    _RESOLUTION, _SECONDS, _DRAW_MODEL, _EDIT_MODEL, _PICTURE_SIDE and _SEND_PICTURES are ours.

    Raises:
        BadInput: a value that cannot be. The message shows no value: it may be a key in the wrong place.
    """
    names = {
        "api_key": "DASHSCOPE_API_KEY",
        "base_url": "DASHSCOPE_HTTP_BASE_URL",
        **{field: f"POPCON_DASHSCOPE_{field.upper()}" for field in _OURS},
    }
    found = {field: os.environ[name] for field, name in names.items() if os.environ.get(name)}
    try:
        return DashScopeSettings.model_validate({**found, **given})
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        name = names[field] if field in found and field not in given else field
        raise BadInput(f"{name} cannot be used: {str(first['msg']).removeprefix('Value error, ')}.") from None
