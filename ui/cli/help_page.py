"""The pages of `--help` in the language of the environment: names of options stay, sentences are translated."""

from collections.abc import Iterable
from typing import Any

from attrs import evolve
from cyclopts.help import DefaultFormatter, HelpEntry, HelpPanel
from cyclopts.help.inline_text import InlineText
from rich.console import Console, ConsoleOptions
from rich.markdown import Markdown
from rich.text import Text

from ui.cli.console import said

_UNTOLD = ("False", "()", '""', "''", "None")
"""Defaults that say no more than that an option was not given."""


class TranslatedHelp(DefaultFormatter):
    """Cyclopts' formatter of help pages, with every text told by the catalogue of sentences."""

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Print a panel of commands or parameters."""
        translated = evolve(panel, title=said(str(panel.title)), entries=[_translated(each) for each in panel.entries])
        super().__call__(console, options, translated)

    def render_usage(self, console: Console, options: ConsoleOptions, usage: Any) -> None:
        """Print the line that shows how the command is called."""
        console.print(Text(f"{said('Usage:')} {usage}", style="bold"))

    def render_description(self, console: Console, options: ConsoleOptions, description: Any) -> None:
        """Print what a command does, or what stands below all panels."""
        console.print(_told(description))


def _translated(entry: HelpEntry) -> HelpEntry:
    """Return a row with its description and its labels told; the labels stand in the description then."""
    described = _told(entry.description)
    for text in _labels(entry):
        described.append(Text(f"[{said(text)}]", "cyclopts.default"))
    return evolve(entry, description=described, choices=None, default=None, required=False)


def _labels(entry: HelpEntry) -> Iterable[str]:
    if entry.choices:
        yield f"choices: {', '.join(entry.choices)}"
    if entry.default not in (None, *_UNTOLD):
        yield f"default: {entry.default}"
    if entry.required:
        yield "required"


def _told(description: Any) -> InlineText:
    """Return a description in Markdown, told paragraph by paragraph; examples, which are indented, stay."""
    source = description.primary_renderable if isinstance(description, InlineText) else description
    markup = source.markup if isinstance(source, Markdown) else str(source or "")
    paragraphs = [_paragraph(each) for each in markup.split("\n\n")]
    return InlineText(Markdown("\n\n".join(paragraphs)))


def _paragraph(text: str) -> str:
    return text if text.startswith((" ", "\n")) else said(" ".join(text.split()))
