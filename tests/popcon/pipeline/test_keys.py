"""Keys: the same work has the same key everywhere; anything without a hash is an error."""

from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from popcon.errors import UnhashableInput
from popcon.models.step import Step
from popcon.pipeline.keys import StepInputs
from popcon.storage.digest import digest

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


class Inputs(StepInputs):
    task: ClassVar[str] = "take"
    step: ClassVar[Step] = Step.TAKE
    version: ClassVar[int] = 1
    name: str
    settings: dict[str, Any] = Field(default_factory=dict)


class NewerInputs(Inputs):
    version: ClassVar[int] = 2


def test_a_key_is_the_same_on_every_machine() -> None:
    assert len(Inputs(name="wave").key()) == 64
    assert Inputs(name="wave", settings={"a": 1, "b": 2}).key() == Inputs(name="wave", settings={"b": 2, "a": 1}).key()


def test_everything_that_matters_changes_the_key() -> None:
    keys = {
        Inputs(name="wave").key(),
        Inputs(name="bow").key(),
        Inputs(name="wave", revision=1).key(),
        Inputs(name="wave", settings={"a": 1}).key(),
        NewerInputs(name="wave").key(),
    }
    assert len(keys) == 5


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", float("nan"), {"deep": [lambda: None]}])
def test_what_has_no_hash_is_an_error(value: Any) -> None:
    with pytest.raises(UnhashableInput):
        digest({"inputs": value})
    with pytest.raises(UnhashableInput):
        Inputs(name="wave", settings={"value": value}).key()


@given(VALUES)
def test_digests_do_not_depend_on_the_order_of_fields(value: Any) -> None:
    def turned(each: Any) -> Any:
        if isinstance(each, dict):
            return {key: turned(each[key]) for key in reversed(each)}
        return [turned(part) for part in each] if isinstance(each, list) else each

    assert digest(value) == digest(turned(value))
