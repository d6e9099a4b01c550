"""Declares what results that were paid for have in common."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, model_validator

from popcon.models.base import Model


class Billed(Model):
    """A record of something that may have been bought."""

    price: str = Field(default="0", description="what the vendor charged, exact")
    currency: str = Field(default="CNY", description="of the price")

    @model_validator(mode="before")
    @classmethod
    def _older_form(cls, given: Any) -> Any:
        """Accept `price_cny`, the name of the price in records of earlier versions."""
        if isinstance(given, Mapping) and "price_cny" in given:
            return {("price" if name == "price_cny" else name): value for name, value in given.items()}
        return given
