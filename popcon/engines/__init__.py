"""Engines: what draws, animates, cuts out and segments.

`base` holds a small protocol for each kind, `registry` finds an engine by its name, and each implementation
has a module or a folder of its own. Heavy imports happen inside the engine that needs them, on first use.
"""
