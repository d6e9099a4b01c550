"""The report of a job: one HTML file beside the packs."""

from popcon.delivery.report.page import render, sticker_path

__all__ = ["render", "sticker_path"]
