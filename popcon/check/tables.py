"""A report as rows, for the command line and for pages: one row a rule, whatever the number of files."""

from collections.abc import Iterator
from dataclasses import dataclass

from popcon.check.report import CheckReport, Finding, Verdict

_WORSE: dict[Verdict, int] = {"pass": 0, "warn": 1, "fail": 2}


@dataclass(frozen=True)
class Row:
    """A rule and what was found, ready to print."""

    verdict: Verdict
    rule: str
    says: str
    found: str
    source: str
    files: str
    """Which files it is about; empty for the pack itself or a single file."""


def render(report: CheckReport) -> list[Row]:
    """Rows in the report's order, findings on several files under the same rule gathered into one.

    A row tells what the files that do worst have; where all pass, what the first has, or the range of values.
    """
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in report.findings:
        groups.setdefault((finding.rule, finding.says), []).append(finding)
    return [_row(group, report.name) for group in groups.values()]


def _row(group: list[Finding], name: str) -> Row:
    verdict = max((each.verdict for each in group), key=_WORSE.__getitem__)
    worst = [each for each in group if each.verdict == verdict]
    distinct = list(dict.fromkeys(each.found for each in worst))
    found = distinct[0] if len(distinct) == 1 else f"{distinct[0]} … {distinct[-1]}"
    names = [each.file for each in worst if each.file not in ("", name)]
    if verdict == "pass" and len(names) > 1:
        files = f"all {len(names)}"
    else:
        files = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    source = f"{group[0].source.kind}: {group[0].source.page}"
    return Row(verdict, group[0].rule, group[0].says, found, source, files)


def lines(report: CheckReport) -> Iterator[str]:
    """Yield the rows as plain text, a summary last."""
    for row in render(report):
        about = f"  [{row.files}]" if row.files else ""
        yield f"{row.verdict:4}  {row.rule:16}  {row.says}: {row.found}{about}  ({row.source})"
    bad, odd = len(report.failures), len(report.warnings)
    yield f"{report.name}: {'accepted' if report.ok else 'not accepted'} by {report.platform}" + (
        f"; {bad} failed, {odd} to look at" if bad or odd else ""
    )
