import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from popcon.engines.segment.cut import minimum_cut


def _cost(inside: tuple[bool, ...], unary: list[float], edges: list[tuple[int, int, float, float]]) -> float:
    lost = sum(max(u, 0) if not i else max(-u, 0) for u, i in zip(unary, inside, strict=True))
    cut = sum(f * (inside[a] and not inside[b]) + g * (inside[b] and not inside[a]) for a, b, f, g in edges)
    return lost + cut


_quarters = st.integers(0, 12).map(lambda n: n / 4)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-12, 12).map(lambda n: n / 4), min_size=5, max_size=5),
    st.lists(st.tuples(_quarters, _quarters), min_size=10, max_size=10),
)
def test_no_other_choice_of_nodes_is_cheaper(unary: list[float], costs: list[tuple[float, float]]) -> None:
    edges = [(a, b, f, g) for (a, b), (f, g) in zip(itertools.combinations(range(5), 2), costs, strict=True)]
    first, second = (np.array([edge[n] for edge in edges], np.int32) for n in (0, 1))
    forward, backward = (np.array([edge[n] for edge in edges]) for n in (2, 3))
    found = tuple(bool(flag) for flag in minimum_cut(np.array(unary), first, second, forward, backward))
    best = min(_cost(choice, unary, edges) for choice in itertools.product((False, True), repeat=5))
    assert _cost(found, unary, edges) == best


def test_the_direction_of_an_edge_counts() -> None:
    pair = np.array([0], np.int32), np.array([1], np.int32)
    unary = np.array([2.0, -2.0])
    assert minimum_cut(unary, *pair, np.array([1.0]), np.array([9.0])).tolist() == [True, False]
    assert minimum_cut(unary, *pair, np.array([9.0]), np.array([1.0])).tolist() != [True, False]
