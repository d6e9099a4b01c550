"""Draw the import diagram in docs/architecture.md from the imports themselves.

python -m tools.diagram            bring the page up to date
python -m tools.diagram --check    exit code 1 if it is not
"""

import sys
from collections import Counter
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- diagram: python -m tools.diagram -->\n", "<!-- end of diagram -->\n"

LAYERS = ("ui", "deployments", "flows", "tasks", "blocks", "popcon")
QUIET = {"popcon.errors", "popcon.models", "popcon.naming", "popcon.pixels", "popcon.settings"}
"""At the bottom; nearly everything imports these, and arrows to them would hide the others."""


def room_of(module: str) -> str:
    """Return the box of a module: a room of `popcon`, or another top-level package."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "popcon" and len(parts) > 1 else parts[0]


def imports_between_rooms() -> Counter[tuple[str, str]]:
    """Count for each pair of rooms how many modules of the first import how many times from the second."""
    graph = grimp.build_graph(*LAYERS)
    found: Counter[tuple[str, str]] = Counter()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            pair = room_of(module), room_of(imported)
            if pair[0] != pair[1] and not QUIET & set(pair) and "popcon" not in pair:
                found[pair] += 1
    return found


def diagram() -> str:
    """Return a mermaid flow chart of the rooms. An arrow points at what is imported."""
    pairs = sorted(imports_between_rooms())
    rooms = sorted({room for pair in pairs for room in pair})
    lines = ["```mermaid", "flowchart TD"]
    lines += [f"    {name}[{name}/]" for name in rooms if "." not in name]
    lines.append("    subgraph popcon [popcon/]")
    lines += [f"        {name.replace('.', '_')}[{name.partition('.')[2]}]" for name in rooms if "." in name]
    lines.append("    end")
    inside = [(a, b) for a, b in pairs if "." in a]
    outside = sorted({(a, "popcon" if "." in b else b) for a, b in pairs if "." not in a})
    lines += [f"    {a.replace('.', '_')} --> {b.replace('.', '_')}" for a, b in outside + inside]
    return "\n".join([*lines, "```"]) + "\n"


def page_with(drawn: str, page: str) -> str:
    """Return the page with another diagram.

    Raises:
        ValueError: the page has no place for one.
    """
    before, after = page.index(BEGIN) + len(BEGIN), page.index(END)
    return page[:before] + drawn + page[after:]


def main() -> int:
    page = PAGE.read_text()
    fresh = page_with(diagram(), page)
    if "--check" in sys.argv[1:]:
        return int(fresh != page)
    PAGE.write_text(fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main())
