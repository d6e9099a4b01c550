"""Segment engines: clicks to masks. `graph` comes with all it needs; its parts are the other modules here."""
