"""The `popcon` command: its sub-commands, and what becomes of an error.

A command's module is imported only when the command is called, so that `popcon --help` and each command start
without what the others need.
"""

import importlib
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError, Parameter

import popcon
from popcon.errors import BadInput, Fault, PopconError
from ui.cli.commands import COMMANDS
from ui.cli.console import exit_with_error, said


def build_app(arguments: Sequence[str]) -> App:
    """Make the application for some arguments: the command that they name is imported, all others are names."""
    app = App(
        name="popcon",
        version=popcon.__version__,
        help=said("One character in, a pack of animated emoji out."),
        default_parameter=Parameter(negative=()),
        help_epilogue=said(
            "Exit codes: 0 done, 1 a fault (what was made is kept; run the same command again), 2 bad input."
        ),
    )
    if not arguments or {"--help", "-h"} & set(arguments):
        from ui.cli.help_page import TranslatedHelp

        app.help_formatter = TranslatedHelp()
    called = next((each for each in arguments if not each.startswith("-")), None)
    for name, command in COMMANDS.items():
        if name == called:
            module, _, function = command.place.partition(":")
            found = getattr(importlib.import_module(module), function)
            app.command(found) if isinstance(found, App) else app.command(found, name=name)
        else:
            # A help text given here would replace the whole docstring of the command that is called.
            app.command(command.place, name=name, help=said(command.summary))
    return app


def main(arguments: list[str] | None = None) -> None:
    """Run a command and leave with its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in given
    try:
        build_app(given)(given, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        exit_with_error(_sentence(error), 2, as_json)
    except BadInput as error:
        exit_with_error(str(error), 2, as_json)
    except Fault as error:
        exit_with_error(f"{error} What was made is kept; run the same command again.", 1, as_json)
    except PopconError as error:
        exit_with_error(str(error), 1, as_json)
    except KeyboardInterrupt:
        exit_with_error("Stopped. What was made is kept; run the same command again to continue.", 1, as_json)


def _sentence(error: CycloptsError) -> str:
    """Return the first complaint about the arguments, in one line."""
    cause = error.__cause__
    if isinstance(cause, ValueError) and hasattr(cause, "errors"):  # pydantic's, or one of its kin
        first = cause.errors()[0]
        where = "-".join(str(part) for part in first["loc"]).replace("_", "-")
        return f"--{where}: {first['msg']}."
    return " ".join(str(error).split())
