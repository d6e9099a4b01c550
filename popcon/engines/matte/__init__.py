"""Matte engines: what takes the backdrop away. `keyed` unmixes a known flat backdrop; `quality` measures cutouts."""
