"""The `popcon` command: its sub-commands, and what becomes of an error."""

import sys

from cyclopts import App, CycloptsError, Parameter

import popcon
from popcon.errors import BadInput, Fault, PopconError
from ui.cli import archive, files, making, models, serving, web
from ui.cli.console import fail

app = App(
    name="popcon",
    version=popcon.__version__,
    help="One character in, a pack of animated emoji out.",
    default_parameter=Parameter(negative=()),
    help_epilogue="Exit codes: 0 done, 1 a fault (what was made is kept; run the same command again), 2 bad input.",
)
for module in (making, archive, files, models, serving, web):
    for command in module.COMMANDS:
        app.command(command)


def main(arguments: list[str] | None = None) -> None:
    """Run a command and leave with its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in given
    try:
        app(given, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        fail(_sentence(error), 2, as_json)
    except BadInput as error:
        fail(str(error), 2, as_json)
    except Fault as error:
        fail(f"{error} What was made is kept; run the same command again.", 1, as_json)
    except PopconError as error:
        fail(str(error), 1, as_json)
    except KeyboardInterrupt:
        fail("Stopped. What was made is kept; run the same command again to continue.", 1, as_json)


def _sentence(error: CycloptsError) -> str:
    """The first complaint about the arguments, in one line."""
    cause = error.__cause__
    if cause is not None and hasattr(cause, "errors"):
        first = cause.errors()[0]
        where = "-".join(str(part) for part in first["loc"]).replace("_", "-")
        return f"--{where}: {first['msg']}."
    return " ".join(str(error).split())
