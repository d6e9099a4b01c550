"""`python -m ui.cli` is `popcon`."""

from ui.cli.app import main

main()
