"""Reads finished stickers and packs byte by byte and says, rule by rule, whether a platform will take them.

Nothing here is shared with what makes stickers: formats are parsed again from their specifications, and the
platforms' limits are written down a second time, with where each comes from, so that one mistake cannot hide in
both. `checker` is the way in.
"""
