"""The command line. `main` is the entry point; each module holds the commands of one subject."""

from ui.cli.app import main

__all__ = ["main"]
