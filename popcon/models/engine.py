"""What identifies an engine in a step's key."""

from pydantic import Field

from popcon.models.base import Model


class EngineFingerprint(Model):
    """Name, version and weights of an engine: two engines with the same fingerprint give the same result."""

    name: str
    version: str = Field(description="raised whenever the engine's output may change")
    weights: str | None = Field(default=None, description="digest of the weights, for engines that have any")
