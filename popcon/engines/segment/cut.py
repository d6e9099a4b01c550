"""Minimum cuts of a region graph."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

SCALE = 64.0
"""Costs become integers for the flow: steps of 1/64 px."""
LARGEST = 1 << 24


def minimum_cut(
    unary: NDArray[np.floating],
    first: NDArray[np.int32],
    second: NDArray[np.int32],
    forward: NDArray[np.floating],
    backward: NDArray[np.floating],
) -> Flags:
    """Return which nodes are inside, so that the sum of what is given up and what is cut is smallest.

    Arguments:
        unary: (n,), gain of having the node inside; negative: of having it outside.
        first, second: (m,), the nodes that an edge joins.
        forward: (m,), cost of cutting with `first` inside and `second` outside.
        backward: (m,), cost the other way round.

    The method is Greig, Porteous and Seheult (1989), with SciPy's Dinic flow.
    """
    count = len(unary)
    source, sink = count, count + 1
    gain = np.clip(np.rint(unary * SCALE), -LARGEST, LARGEST).astype(np.int32)
    inside, outside = np.flatnonzero(gain > 0), np.flatnonzero(gain < 0)
    rows = np.concatenate([first, second, np.full(len(inside), source), outside])
    columns = np.concatenate([second, first, inside, np.full(len(outside), sink)])
    costs = [np.clip(np.rint(cost * SCALE), 0, LARGEST).astype(np.int32) for cost in (forward, backward)]
    capacity = np.concatenate([*costs, gain[inside], -gain[outside]])
    graph = csr_matrix((capacity, (rows, columns)), shape=(count + 2, count + 2))
    residual = graph - maximum_flow(graph, source, sink).flow
    residual.data[residual.data < 0] = 0
    residual.eliminate_zeros()
    reached = breadth_first_order(residual, source, return_predecessors=False)
    result = np.zeros(count + 2, bool)
    result[reached] = True
    return result[:count]
