"""The domain of PopCon: one character in, a pack of animated emoji out.

Everything here works as a plain library. It imports neither Prefect nor a web framework; what orchestrates
it lives in `tasks/`, `flows/` and `deployments/`, and what a person touches in `ui/`.
"""

__version__ = "0.1.0"
