"""What the commands write: text, tables, one JSON object for programs, single files. Progress goes to stderr."""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console
from rich.table import Table

from popcon.errors import BadInput
from popcon.locales.catalogs import language_of_environment
from popcon.locales.sentences import say

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def said(text: str) -> str:
    """Return a text of a command in the language of the environment, line by line."""
    language = language_of_environment()
    return "\n".join(say(line, language) for line in text.split("\n"))


def tell(text: str) -> None:
    """Print what a person should know meanwhile, to stderr."""
    err.print(said(text), markup=False)


def print_result(value: dict[str, Any], as_json: bool, *lines: str) -> None:
    """Print the result of a command: `value` as one JSON object, or `lines` for a person."""
    if as_json:
        sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    else:
        for line in lines:
            out.print(said(line), markup=False)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table for a person."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        made.add_column(said(heading), overflow="fold")
    for row in rows:
        made.add_row(*(said(cell).replace("[", r"\[") for cell in row))
    out.print(made)


def exit_with_error(message: str, code: int, as_json: bool) -> NoReturn:
    """Print what went wrong and exit with `code`."""
    if as_json:
        sys.stdout.write(json.dumps({"error": message, "exit_code": code}, ensure_ascii=False) + "\n")
    err.print(f"popcon: {said(message)}", markup=False)
    sys.exit(code)


def write_file(path: Path, data: bytes, option: str) -> None:
    """Write a file that a person named with an option.

    Raises:
        BadInput: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise BadInput(f"{path} cannot be written ({error.strerror}); give another place with {option}.") from error
