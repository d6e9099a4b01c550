"""Puts finished stickers together as each platform's upload form wants them: names, covers, lists, one ZIP.

Stickers arrive as bytes and leave unchanged. Animated covers are encoded by a callable that the caller brings, so
nothing here knows an encoder.
"""
