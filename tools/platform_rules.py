"""Write docs/platforms.md: every platform's rules, each with its source and the day on which it was last seen.

python -m tools.platform_rules            bring the page up to date
python -m tools.platform_rules --check    exit code 1 if it is not
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap

from popcon.check.listing import ListedRule, listed_rules
from popcon.check.report import Source
from popcon.check.rulebooks import rulebook
from popcon.platforms.model import Platform
from popcon.platforms.table import PLATFORMS

PAGE = Path(__file__).parents[1] / "docs" / "platforms.md"
HEAD = """# What each platform asks

Written by `python -m tools.platform_rules` from the tables that `popcon check` reads. *Official* is the platform's or
the format's own text, *secondary* is what others found out, *ours* is good sense. Rules in brackets only warn. Before
weeks of work go into a pack, read the page of the source again: `popcon check` says where nobody has looked for a year.
"""


def page() -> str:
    """Return the whole page in Markdown."""
    return HEAD + "".join(section(each) for each in PLATFORMS.values())


def section(platform: Platform) -> str:
    """Return the rules of a platform, those of one source together, in the order of the table."""
    by_source: dict[Source, list[ListedRule]] = {}
    for rule in listed_rules(rulebook(platform.name)):
        by_source.setdefault(rule.source, []).append(rule)
    lines = [f"\n## {platform.title}", "", f"`{platform.name}`"]
    lines += ["", *wrap(" ".join(platform.notices), 118)] if platform.notices else []
    lines.append("")
    for source, rules in by_source.items():
        seen = f", seen {source.seen}" if source.seen else ""
        address = f" <{source.url}>" if source.url else ""
        disagrees = f" Others say: {source.disagrees}." if source.disagrees else ""
        text = f"- *{source.kind}*, {source.page}{address}{seen}. {_asked(rules)}{disagrees}"
        lines += wrap(text, 118, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines) + "\n"


def _asked(rules: Sequence[ListedRule]) -> str:
    """Return what rules ask in a sentence for each thing that they are about: sticker, still, pack, cover."""
    about: dict[str, list[str]] = {}
    for each in rules:
        thing, label = each.rule.split(": ", 1)
        told = label if each.limit == "yes" else f"{label} {each.limit}"
        about.setdefault(thing.capitalize(), []).append(told if each.needed else f"({told})")
    return " ".join(f"{thing}: {'; '.join(told)}." for thing, told in about.items())


def main() -> int:
    fresh = page()
    if "--check" in sys.argv[1:]:
        return int(not PAGE.exists() or fresh != PAGE.read_text())
    PAGE.write_text(fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main())
