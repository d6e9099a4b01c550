"""Delivery of a finished job into a folder: packs, stickers, submission kits and the report."""
