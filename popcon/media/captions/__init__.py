"""Puts words on stickers: bundled phrases, fonts, layout, colours, motion, and a measure of how well they read."""
