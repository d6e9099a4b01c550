"""Whether a model runs in this process or on an inference host."""

from typing import TYPE_CHECKING

from popcon.engines.base import SegmentEngine
from popcon.models.job import EngineChoice
from popcon.settings import settings

if TYPE_CHECKING:
    from popcon.engines.matte.modelled import AlphaModel


def models_lie_here() -> bool:
    """Return whether this machine has the weights: as POPCON_MODELS_ELSEWHERE says, else unless its inference host is
    another machine."""
    from popcon.engines.remote.connection import configured

    elsewhere = settings().models_elsewhere
    if elsewhere is not None:
        return not elsewhere
    address = configured()
    return address is None or address.is_this_machine


def hosted_alpha(choice: EngineChoice, local: "AlphaModel") -> "AlphaModel":
    """Return the model on the host that the environment names, if it names one; else itself."""
    from popcon.engines.remote.client import HostedAlpha
    from popcon.engines.remote.connection import configured

    address = configured()
    return local if address is None else HostedAlpha(address, choice, local)


def hosted_segment(choice: EngineChoice, local: SegmentEngine) -> SegmentEngine:
    """Return the engine on the host that the environment names, if it names one; else itself."""
    from popcon.engines.remote.client import HostedSegment
    from popcon.engines.remote.connection import configured

    address = configured()
    return local if address is None else HostedSegment(address, choice, local)
