"""Clips as arrays: recognising, decoding and encoding them."""
