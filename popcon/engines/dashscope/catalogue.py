"""The catalogue: which models DashScope sells where, read from a data file and one that a person adds."""

import fnmatch
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, ValidationError

from popcon.engines.dashscope.models import Account, ImageModel, SoldModel, VideoModel
from popcon.errors import BadInput, UnknownName
from popcon.ledger.limits import Allowance
from popcon.models.base import Model

USUAL_REGION = "cn-beijing"
"""Of a host that no region claims, such as a proxy inside a company."""


class Region(Model):
    """A part of the world with its own hosts, keys and prices."""

    hosts: tuple[str, ...] = Field(description="host names; {workspace} stands for a workspace's id")
    currency: str = "CNY"


class Catalogue(Model):
    """The models known here."""

    square: Mapping[str, int] = Field(default_factory=dict, description="width of a square clip, px, by resolution")
    regions: Mapping[str, Region] = Field(default_factory=dict)
    video: Mapping[str, VideoModel] = Field(default_factory=dict)
    image: Mapping[str, ImageModel] = Field(default_factory=dict)

    def with_more(self, other: "Catalogue") -> "Catalogue":
        """Return this catalogue with the entries of another in front."""
        return Catalogue(
            square={**self.square, **other.square},
            regions={**self.regions, **other.regions},
            video={**self.video, **other.video},
            image={**self.image, **other.image},
        )

    def video_model(self, name: str) -> VideoModel:
        if name not in self.video:
            raise UnknownName("DashScope video model", name, tuple(self.video))
        return self.video[name]

    def image_model(self, name: str) -> ImageModel:
        if name not in self.image:
            raise UnknownName("DashScope image model", name, tuple(self.image))
        return self.image[name]

    def successor(self, name: str) -> str:
        """Name the model that the service recommends in the place of one; empty: none is known."""
        model: SoldModel | None = self.video.get(name) or self.image.get(name)
        return model.successor if model is not None else ""

    def allowance(self, name: str) -> Allowance:
        """Return what the service allows for a model; for `popcon.ledger.limits`."""
        model: SoldModel | None = self.video.get(name) or self.image.get(name)
        if model is None:
            raise UnknownName("DashScope model", name, (*self.video, *self.image))
        return Allowance(at_once=model.at_once, per_second=model.per_second)

    def pixels(self, model: VideoModel, resolution: str) -> int:
        """Width of a square clip of a model, px; 0: not known."""
        return model.square.get(resolution) or self.square.get(resolution, 0)

    def account(self, base_url: str, region: str = "", currency: str = "") -> Account:
        """Tell what is known of the account at an address.

        Arguments:
            base_url: of the service.
            region, currency: as a person set them; "": as the host says, and as is usual there.

        Raises:
            BadInput: the host is one of another region than `region`.
        """
        host = urlsplit(base_url).hostname or ""
        of_host, workspace = self._region_of(host)
        if region and of_host and region != of_host:
            raise BadInput(f"{host} is a host of {of_host}, not of {region}; region, key and address must match.")
        found = region or of_host or USUAL_REGION
        usual = self.regions[found].currency if found in self.regions else "CNY"
        return Account(region=found, currency=currency or usual, workspace_host=workspace or not of_host)

    def address(self, region: str, workspace: str) -> str:
        """Make the address of the service in a region; with a workspace, that of the workspace's own host.

        Raises:
            UnknownName: no such region.
            BadInput: the region has no host of this kind.
        """
        if region not in self.regions:
            raise UnknownName("DashScope region", region, tuple(self.regions))
        wanted = [host for host in self.regions[region].hosts if ("{workspace}" in host) == bool(workspace)]
        if not wanted:
            raise BadInput(f"{region} has workspace hosts only; set POPCON_DASHSCOPE_WORKSPACE to the workspace's id.")
        return f"https://{wanted[0].format(workspace=workspace)}/api/v1"

    def _region_of(self, host: str) -> tuple[str, bool]:
        for name, region in self.regions.items():
            for pattern in region.hosts:
                if fnmatch.fnmatchcase(host, pattern.format(workspace="*")):
                    return name, "{workspace}" in pattern
        return "", False


@lru_cache(maxsize=1)
def built_in() -> Catalogue:
    """Return the catalogue that comes with PopCon."""
    text = resources.files("popcon.engines.dashscope").joinpath("catalogue.toml").read_text("utf-8")
    return Catalogue.model_validate(_parsed(text))


@lru_cache(maxsize=8)
def read_catalogue(path: str, changed: float = 0.0) -> Catalogue:
    """Read the built-in catalogue with a file of a person's in front.

    Arguments:
        path: a TOML file of the same form; "": none.
        changed: when the file was changed; a new one is read again.

    Raises:
        BadInput: the file cannot be read; the message says where.
    """
    if not path:
        return built_in()
    try:
        more = Catalogue.model_validate(_parsed(Path(path).expanduser().read_text("utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"The catalogue {path} cannot be read: {type(error).__name__}.") from None
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"The catalogue {path} is not TOML: {error}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"The catalogue {path} cannot be used: {where}: {first['msg']}.") from None
    return built_in().with_more(more)


def _parsed(text: str) -> dict[str, Any]:
    return tomllib.loads(text, parse_float=Decimal)
