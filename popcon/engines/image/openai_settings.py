"""What a person may set about the OpenAI-compatible image engine."""

import os
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from popcon.engines import engine_settings
from popcon.errors import BadInput
from popcon.models.base import Model


class OpenAISettings(Model):
    """Settings of a service that speaks OpenAI's images API. `api_key` shows as asterisks where these are printed."""

    api_key: SecretStr | None = Field(default=None, description="the key of the account")
    base_url: str = Field(default="https://api.openai.com/v1", description="where the service is")
    model: str = Field(min_length=1, max_length=120, description="the model's name at the service")
    price: Decimal = Field(ge=0, le=100, description="what a picture of this model and size costs")
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$", description="of the price, the budgets and the bill")
    side: int = Field(default=1024, ge=256, le=4096, description="width and height of drawn pictures, px")
    transparent: bool = Field(default=False, description="whether the model offers background=transparent")
    edits: bool = Field(default=True, description="whether it takes pictures to work from")
    at_once: int = Field(default=4, ge=1, le=64, description="requests under way at once")
    timeout: float = Field(default=180.0, gt=0, description="seconds to wait for a picture")

    @field_validator("base_url")
    @classmethod
    def _is_a_url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
            raise ValueError("base_url begins with https://, names a host, and carries no user name")
        return url.rstrip("/")

    @property
    def host(self) -> str:
        """The host of the service: what may be said of its address."""
        return urlsplit(self.base_url).hostname or ""

    def key(self) -> str:
        """Return the key, fit for a header.

        Raises:
            BadInput: there is none, or it holds what no key can. The message does not show it.
        """
        key = self.api_key.get_secret_value().strip() if self.api_key else ""
        if not key:
            raise BadInput(
                f"{self.host} needs a key: set POPCON_OPENAI_API_KEY, or the key in the block of its account."
            )
        if not key.isascii() or not key.isprintable() or " " in key:
            raise BadInput("POPCON_OPENAI_API_KEY holds characters that no key has; copy it again.")
        return key


def read_settings(given: Mapping[str, Any]) -> OpenAISettings:
    """Read settings: a job's first, then POPCON_OPENAI_…, then OPENAI_API_KEY for the key, then the defaults.

    Raises:
        BadInput: one is missing or cannot be; a key stands in a job's settings.
    """
    if "api_key" in given:
        # A job's settings are stored and hashed into keys.
        raise BadInput("A key does not belong into a job's settings; set POPCON_OPENAI_API_KEY or its block.")
    found = engine_settings.read(OpenAISettings, "openai", given)
    key = os.environ.get("OPENAI_API_KEY")
    if found.api_key is None and key:
        return found.model_copy(update={"api_key": SecretStr(key)})
    return found
