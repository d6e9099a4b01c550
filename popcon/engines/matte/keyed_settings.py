"""What a person sets for the keyed matte engine."""

from typing import Literal

from pydantic import Field

from popcon.models.base import Model


class KeyedSettings(Model):
    """Settings of the matte engine `keyed`."""

    shadow: Literal["remove", "keep"] = Field(
        default="remove", description="remove or keep: a soft shadow on the backdrop goes, or stays as a soft black one"
    )
