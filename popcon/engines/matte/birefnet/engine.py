"""The matte engine `birefnet`."""

from collections.abc import Mapping, Sequence

from popcon.engines.engine_settings import read
from popcon.engines.loaded import Loaded
from popcon.engines.matte.birefnet.network import Network, load
from popcon.engines.matte.birefnet.settings import BirefnetSettings
from popcon.engines.matte.birefnet.source import check, find, fingerprint_of
from popcon.engines.matte.keyed import KeyedMatte
from popcon.engines.matte.modelled import AlphaModel, ModelledMatte
from popcon.engines.remote.hosted import hosted_alpha
from popcon.engines.table import require_packages
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice, Setting
from popcon.pixels import Mask, Rgb

NAME = "birefnet"
VERSION = f"2+keyed{KeyedMatte.fingerprint.version}"

_networks: Loaded[Network] = Loaded()


class LocalBirefnet:
    """BiRefNet in this process; loaded on first use, shared with all of the same settings."""

    def __init__(self, settings: BirefnetSettings) -> None:
        self.settings = settings

    @property
    def key(self) -> tuple[str, BirefnetSettings, str]:
        return NAME, self.settings, fingerprint_of(self.settings)

    def check(self) -> None:
        require_packages("matte", NAME)
        check(self.settings)

    def ready(self) -> float | None:
        return self.network().seconds_on_cpu()

    def alphas(self, frames: Sequence[Rgb]) -> list[Mask]:
        return self.network().alphas(frames)

    def network(self) -> Network:
        """Return the loaded model.

        Raises:
            BadInput: its code may not run, or is not pinned.
            EngineUnavailable: it cannot be loaded here.
        """
        return _networks.get(self.key, lambda: load(self.settings, find(self.settings)))


def make(settings: Mapping[str, Setting], purchase: object = None) -> ModelledMatte:
    """Return the engine; weights load on first use.

    Raises:
        BadInput: a setting is missing, unknown or wrong.
    """
    wanted = read(BirefnetSettings, NAME, settings)
    choice = EngineChoice(name=NAME, settings=wanted.model_dump())
    model: AlphaModel = hosted_alpha(choice, LocalBirefnet(wanted))
    version = f"{VERSION} {wanted.identity}"
    fingerprint = EngineFingerprint(name=NAME, version=version, weights=fingerprint_of(wanted))
    return ModelledMatte(fingerprint, model, wanted.rescue_effects)
