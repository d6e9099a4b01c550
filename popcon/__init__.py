"""The domain of PopCon: one character in, a pack of animated emoji out.

Everything here works as a plain library. It imports neither Prefect nor a web framework; what orchestrates
it lives in `tasks/`, `flows/` and `deployments/`, and what a person touches in `ui/`.
"""

import os

# Read by NumPy's OpenBLAS when it is loaded: its idle threads spin, which doubles the CPU time of the small matrix
# products here. Frames and actions are what runs at the same time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
