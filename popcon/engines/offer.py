"""One way to buy a result: what a plan compares."""

from decimal import Decimal

from pydantic import Field

from popcon.models.base import Model


class Offer(Model):
    """A model at a resolution, with its price for one account."""

    kind: str = Field(description="clip or picture")
    model: str
    resolution: str = Field(default="", description="of a clip")
    seconds: int = Field(default=0, description="of a clip")
    price: Decimal | None = Field(description="of one result; None: not known for this account")
    currency: str
    pixels: int = Field(description="width of a square result, px; 0: not known")
    loops: bool = Field(default=False, description="whether a clip ends as it begins")
    alpha: bool = Field(default=False, description="whether a picture comes without a backdrop")
    references: int = Field(default=0, description="how many pictures it takes")
    legacy: bool = Field(default=False, description="whether the service may take it away")
    successor: str = Field(default="", description="what the service recommends in its place")
    chosen: bool = False
    why_not: str = Field(default="", description="why it cannot be bought for this job")

    @property
    def abilities(self) -> tuple[str, ...]:
        """What it can do beyond the least, in words."""
        said = [f"{self.pixels} px"] if self.pixels else []
        said += [f"{self.seconds} s"] if self.seconds else []
        said += ["closes the loop"] if self.loops else []
        said += ["native alpha"] if self.alpha else []
        said += [f"{self.references} references"] if self.references > 1 else []
        said += [f"legacy, then {self.successor}" if self.successor else "legacy"] if self.legacy else []
        return tuple(said)

    def adds_to(self, other: "Offer") -> tuple[str, ...]:
        """Return what it has that `other` lacks, in words."""
        said = [f"{self.pixels} instead of {other.pixels} px"] if self.pixels > other.pixels else []
        said += ["closes the loop"] if self.loops and not other.loops else []
        said += ["native alpha: nothing is keyed"] if self.alpha and not other.alpha else []
        said += ["is no legacy model"] if other.legacy and not self.legacy else []
        return tuple(said)
