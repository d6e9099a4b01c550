"""The command that checks files against a platform's rules: check."""

from pathlib import Path

from ui.cli.console import answer, table


def check(path: Path, /, *, platform: str, json: bool = False) -> None:
    """Check a sticker, a folder of stickers or a pack against a platform's rules. Exit code 2 if one is broken.

    Examples:

        popcon check fox-pack/fox-line-emoji.zip --platform line-emoji
        popcon check fox-pack/stickers/line-emoji/wave.png --platform line-emoji

    Parameters
    ----------
    path
        a file, a folder or a pack.
    platform
        whose rules.
    json
        one JSON object on stdout.
    """
    from popcon.check.checker import check_path

    report = check_path(path, platform)
    if not json:
        table(
            ["file", "rule", "found", "verdict", "source"],
            [[each.file, each.says, each.found, each.verdict, each.source.kind] for each in report.findings],
        )
    failed, warned = len(report.failures), len(report.warnings)
    answer(
        report.model_dump(mode="json") | {"ok": report.ok},
        json,
        f"{len(report.findings)} rules: {failed} broken, {warned} doubtful.",
        *(f"broken: {each.file or report.name}: {each.says} (found {each.found})" for each in report.failures),
    )
    if not report.ok:
        raise SystemExit(2)
