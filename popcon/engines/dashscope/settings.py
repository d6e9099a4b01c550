"""What a person may set about the DashScope engines."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator

from popcon.engines.dashscope.catalogue import USUAL_REGION, Catalogue, read_catalogue
from popcon.engines.dashscope.models import Account, ImageModel, VideoModel
from popcon.errors import BadInput
from popcon.models.base import Model


class DashScopeSettings(Model):
    """Settings of the DashScope engines. `api_key` shows as asterisks wherever these are printed.

    What is left empty is chosen by price: see `popcon.engines.dashscope.choose`.
    """

    api_key: SecretStr | None = Field(default=None, description="the key (sk-…) of a DashScope account")
    base_url: str = Field(default="", description="where the service is; empty: as region and workspace say")
    region: str = Field(default="", description="such as cn-beijing or ap-southeast-1; empty: as the address says")
    workspace: str = Field(
        default="",
        pattern=r"^([A-Za-z0-9][A-Za-z0-9_-]{0,63})?$",
        description="id of a workspace with a host of its own",
    )
    currency: str = Field(
        default="",
        pattern=r"^([A-Z]{3})?$",
        description="in which the account is billed; empty: as usual in the region",
    )
    catalogue_file: str = Field(default="", description="a TOML file with further or corrected models")
    video_model: str = Field(default="", description="animates; empty: the cheapest that will do")
    resolution: str = Field(default="", description="of clips: 480P, 720P or 1080P; empty: the cheapest that will do")
    seconds: int = Field(default=0, ge=0, le=60, description="length of a clip; 0: what the platforms play")
    pixels: int = Field(default=480, ge=64, le=2048, description="width that a clip needs, px, where that is chosen")
    plays: int = Field(default=4, ge=1, le=60, description="seconds that a sticker plays, where the length is chosen")
    draw_model: str = Field(default="", description="draws a character from words; empty: what draws start frames")
    edit_model: str = Field(default="", description="draws start frames from the character; empty: the cheapest")
    picture_side: int = Field(default=1024, ge=512, le=2048, description="width and height of drawn pictures, px")
    sheet: int = Field(default=9, ge=0, le=16, description="start frames in one bought picture; 0 or 1: each alone")
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
        if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password):
            raise ValueError("base_url begins with https://, names a host, and carries no user name")
        return url.rstrip("/")

    @property
    def catalogue(self) -> Catalogue:
        path = Path(self.catalogue_file).expanduser() if self.catalogue_file else None
        changed = path.stat().st_mtime if path is not None and path.exists() else 0.0
        known = read_catalogue(self.catalogue_file, changed)
        return known.with_more(Catalogue(video=self.video_models, image=self.image_models))

    @property
    def address(self) -> str:
        """The address of the service."""
        return self.base_url or self.catalogue.address(self.region or USUAL_REGION, self.workspace)

    @property
    def account(self) -> Account:
        """Where the account buys, and in which currency."""
        return self.catalogue.account(self.address, self.region, self.currency)

    def key(self) -> str:
        """Return the key, fit for a header.

        Raises:
            BadInput: there is none, or it holds what no key can. The message does not show it.
        """
        key = self.api_key.get_secret_value().strip() if self.api_key else ""
        if not key:
            raise BadInput("DashScope needs a key: set DASHSCOPE_API_KEY, or the key in the block of its credentials.")
        if not key.isascii() or not key.isprintable() or " " in key:
            raise BadInput("The DashScope key holds characters that no key has; copy it again from the console.")
        return key


_OURS = (
    "region", "workspace", "currency", "catalogue_file", "video_model", "resolution", "seconds", "draw_model",
    "edit_model", "picture_side", "sheet", "send_pictures",
)  # fmt: skip


def settings_from_environment(environment: Mapping[str, str] | None = None, **given: object) -> DashScopeSettings:
    """Read settings: `given` values first, then the environment's, then the defaults.

    Arguments:
        environment: None: that of this process.

    DASHSCOPE_API_KEY and DASHSCOPE_HTTP_BASE_URL are the SDK's own names; POPCON_DASHSCOPE_REGION, _WORKSPACE,
    _CURRENCY, _CATALOGUE, _VIDEO_MODEL, _RESOLUTION, _SECONDS, _DRAW_MODEL, _EDIT_MODEL, _PICTURE_SIDE, _SHEET and
    _SEND_PICTURES are ours.

    Raises:
        BadInput: a value that cannot be. The message shows no value: it may be a key in the wrong place.
    """
    names = {
        "api_key": "DASHSCOPE_API_KEY",
        "base_url": "DASHSCOPE_HTTP_BASE_URL",
        **{field: f"POPCON_DASHSCOPE_{field.removesuffix('_file').upper()}" for field in _OURS},
    }
    told = os.environ if environment is None else environment
    found = {field: told[name] for field, name in names.items() if told.get(name)}
    try:
        return DashScopeSettings.model_validate({**found, **given})
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        name = names[field] if field in found and field not in given else field
        raise BadInput(f"{name} cannot be used: {str(first['msg']).removeprefix('Value error, ')}.") from None
