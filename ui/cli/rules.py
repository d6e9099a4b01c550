"""Commands on platforms' rules: check and platforms."""

from datetime import date
from pathlib import Path

from ui.cli.console import print_result, table


def check(
    path: Path, /, *, platform: str, review: bool = False, pictures: Path | None = None, json: bool = False
) -> None:
    """Check a sticker, a folder of stickers or a pack against a platform's rules. Exit code 2 if one is broken.

    Examples:

        popcon check fox-pack/fox-line-emoji.zip --platform line-emoji
        popcon check fox-pack/stickers/line-emoji/wave.png --platform line-emoji
        popcon check fox-pack/fox-line-emoji.zip --platform line-emoji --review --pictures doubts

    Parameters
    ----------
    path
        a file, a folder or a pack.
    platform
        whose rules.
    review
        also say what a reviewer might doubt: likeness, flashes, rims, size, first frames, margins, jumps, cuts, rests.
    pictures
        folder for a picture of each doubt.
    json
        one JSON object on stdout.
    """
    from popcon.check.checker import check_path
    from popcon.check.listing import remarks
    from popcon.check.review import review_path, write_pictures
    from popcon.errors import BadInput

    if pictures is not None and not review:
        raise BadInput("--pictures goes with --review, which finds what they show.")
    report = check_path(path, platform)
    doubts = review_path(path, platform) if review else ()
    places = write_pictures(doubts, pictures) if pictures is not None else ()
    if not json:
        table(
            ["file", "rule", "found", "verdict", "source", "seen"],
            [
                [each.file, each.says, each.found, each.verdict, each.source.kind, str(each.source.seen or "")]
                for each in report.findings
            ],
        )
    failed, warned = len(report.failures), len(report.warnings)
    value = report.model_dump(mode="json") | {"ok": report.ok}
    if review:
        value["doubts"] = [each.model_dump(mode="json", exclude={"picture"}) for each in doubts]
    print_result(
        value | ({"pictures": [str(place) for place in places]} if places else {}),
        json,
        f"{len(report.findings)} rules: {failed} broken, {warned} doubtful.",
        *(f"broken: {each.file or report.name}: {each.says} (found {each.found})" for each in report.failures),
        *remarks((each.source for each in report.findings), date.today()),
        *([f"{len(doubts)} doubts of a reviewer:"] if review else []),
        *(f"  {each.line}" for each in doubts),
        *(f"  {place}" for place in places),
    )
    if not report.ok:
        raise SystemExit(2)


def platforms(name: str | None = None, /, *, json: bool = False) -> None:
    """List the platforms, or every rule of one with its source and the day it was last looked at.

    Examples:

        popcon platforms
        popcon platforms kakao

    Parameters
    ----------
    name
        of a platform; without it all are listed.
    json
        one JSON object on stdout.
    """
    from popcon.check.listing import listed_rules, remarks
    from popcon.check.rulebooks import RULEBOOKS, rulebook
    from popcon.platforms import PLATFORMS

    if name is None:
        shown = [each for each in PLATFORMS.values() if each.name in RULEBOOKS]
        if not json:
            table(["platform", "what it is", "formats"], [[p.name, p.title, ", ".join(p.formats)] for p in shown])
        print_result(
            {"platforms": [p.model_dump(mode="json", include={"name", "title", "formats"}) for p in shown]}, json
        )
        return
    rules = listed_rules(rulebook(name))
    about = PLATFORMS[name]
    if not json:
        table(
            ["rule", "limit", "source", "page", "seen"],
            [
                [each.rule, each.limit, each.source.kind, each.source.page, str(each.source.seen or "")]
                for each in rules
            ],
        )
    print_result(
        {"platform": name, "rules": [each.model_dump(mode="json") for each in rules], "notices": list(about.notices)},
        json,
        *about.notices,
        *remarks((each.source for each in rules), date.today()),
    )
