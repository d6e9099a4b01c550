"""Uploads packs to platforms, each sticker exactly once: what is about to be sent is written down before, and what a
crash left open is looked up at the platform before anything is sent again."""
