"""Repeatable measurements: each module prints a table and takes --help; `python -m benchmarks` runs them all."""
