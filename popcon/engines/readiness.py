"""Refuses engines that could not be loaded later, when a job is ordered."""

import logging

from popcon.engines import registry
from popcon.engines.registry import Kind
from popcon.engines.remote.hosted import models_lie_here
from popcon.errors import BadInput, EngineUnavailable, PopconError
from popcon.models.job import EngineChoice, Engines

_log = logging.getLogger("popcon.engines")


def refuse_unready(engines: Engines, fallback: bool = False) -> None:
    """Check that the engines that cut out and segment can be loaded, without loading them or asking a service.

    Where weights lie on another machine only the settings are looked at.

    Arguments:
        engines: of an order.
        fallback: whether the keyed engine may stand in for a matte engine that cannot be loaded.

    Raises:
        BadInput: one cannot be had; the message says what to do.
    """
    refuse_unready_engine("matte", engines.matte, fallback)
    refuse_unready_engine("segment", engines.segment)


def refuse_unready_engine(kind: Kind, choice: EngineChoice, fallback: bool = False) -> None:
    """Check one engine; see `refuse_unready`."""
    try:
        registry.fingerprint(kind, choice)
        if models_lie_here():
            registry.check_ready(kind, choice)
    except EngineUnavailable as error:
        if not fallback:
            raise BadInput(str(error)) from error
        _log.warning("%s The keyed engine will cut out instead.", error)


def usable(kind: Kind) -> tuple[str, ...]:
    """Return the engines of a kind that an order may name without any settings, the default first."""
    return tuple(name for name in registry.names(kind) if _is_usable(kind, name))


def _is_usable(kind: Kind, name: str) -> bool:
    try:
        refuse_unready_engine(kind, EngineChoice(name=name))
    except PopconError:
        return False
    return True
