"""The report of a job: one HTML file beside the packs."""

from popcon.jobs.report.page import render

__all__ = ["render"]
