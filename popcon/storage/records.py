"""The result records of steps: `steps/<key>.json`, written through Prefect, read here without it.

A record counts only if every artifact that it names is there and whole; otherwise it is dropped, so that whoever
asked finds nothing and the step runs again.
"""

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import ValidationError

from popcon import naming
from popcon.models.artifact import ArtifactRef
from popcon.models.base import Model
from popcon.storage.store import Store, parse_json

ResultT = TypeVar("ResultT", bound=Model)


def read_record(store: Store, key: str) -> bytes | None:
    """Return the record of a step as it was written; None if there is none that can be used.

    Reads the record once and every artifact it names (see `Store.holds`).
    """
    path = naming.step_record(key)
    data = store.read(path)
    if data is None:
        return None
    try:
        result = parse_json(parse_json(data)["result"])
        refs = set(refs_in(result))  # a clip stands in its record once for each of its frames
    except (ValueError, KeyError, TypeError, ValidationError):
        store.delete(path)
        return None
    if not all(store.holds(ref) for ref in refs):
        store.delete(path)
        return None
    return data


def result_of(store: Store, key: str, kind: type[ResultT]) -> ResultT | None:
    """Return the result of a finished step; None if it has to run (again)."""
    data = read_record(store, key)
    if data is None:
        return None
    try:
        return kind.model_validate(parse_json(parse_json(data)["result"]))
    except ValidationError:
        store.delete(naming.step_record(key))
        return None


def refs_in(value: Any) -> Iterator[ArtifactRef]:
    """Yield every artifact named anywhere in a JSON value."""
    if isinstance(value, dict):
        if value.keys() == ArtifactRef.model_fields.keys():
            yield ArtifactRef.model_validate(value)
        else:
            for part in value.values():
                yield from refs_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from refs_in(part)
