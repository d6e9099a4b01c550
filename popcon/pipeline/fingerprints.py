"""Which weights an engine has, for machines that do not have them.

A step's key holds the digest of its engine's weights. A job is followed on machines without any (workers of the pool
`cpu`, the web app) and cut out on one that has them: that one writes down what it found, and the others go by it.
"""

from popcon import naming
from popcon.engines import registry
from popcon.engines.registry import Kind
from popcon.engines.remote.hosted import models_lie_here
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice
from popcon.storage.digest import digest
from popcon.storage.store import Store


def fingerprint(store: Store, kind: Kind, choice: EngineChoice, accounts: str) -> EngineFingerprint:
    """Return what identifies an engine in a step's key: as found here or, where weights lie on other machines, there.

    Arguments:
        kind, choice: the engine.
        accounts: of the job: which blocks set up the machines that work on it.
    """
    found = registry.fingerprint(kind, choice)
    if found.weights is None or models_lie_here():
        return found
    record = store.read_json(_place(kind, choice, accounts))
    return found if record is None else EngineFingerprint.model_validate(record)


def record_weights(store: Store, kind: Kind, choice: EngineChoice, accounts: str) -> None:
    """Record which weights an engine has on the machine that cuts out, also that it has none."""
    found = registry.fingerprint(kind, choice)
    if found.weights is None or not models_lie_here():
        return
    place, record = _place(kind, choice, accounts), found.model_dump(mode="json")
    if store.read_json(place) != record:
        store.write_json(place, record)


def _place(kind: Kind, choice: EngineChoice, accounts: str) -> str:
    return naming.known_weights(digest([kind, choice, accounts])[:32])
