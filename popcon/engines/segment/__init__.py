"""Segment engines: clicks to masks. `graph` needs no weights; its parts are the other modules here."""
