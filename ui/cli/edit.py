"""The command that adjusts finished stickers: edit."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from pydantic import ValidationError

from popcon.errors import BadInput
from ui.cli.console import print_result

if TYPE_CHECKING:
    from popcon.jobs.archive import Archive, Job
    from popcon.models.adjustment import Adjustments, StickerAdjustment


def edit(
    job: str,
    /,
    *,
    action: str | None = None,
    outline: str | None = None,
    width: int | None = None,
    recolour: Annotated[list[str] | None, Parameter(alias="--recolor")] = None,
    move: str | None = None,
    scale: float | None = None,
    turn: float | None = None,
    frame: int | None = None,
    first: int | None = None,
    back_to: int | None = None,
    json: bool = False,
) -> None:
    """Adjust the stickers of a job: outline, colours, place, first frame. Without options, show what is adjusted.

    Nothing is drawn, animated or cut out again: `popcon redo JOB` makes the stickers anew.

    Examples:

        popcon edit fox-3f9a1c20 --outline white --width 8
        popcon edit fox-3f9a1c20 --recolour "#ffce38=#3b82f6"
        popcon edit fox-3f9a1c20 --action wave --move 12,-4 --scale 0.9 --turn 5
        popcon edit fox-3f9a1c20 --action wave --frame 3 --move 0,6
        popcon edit fox-3f9a1c20 --action wave --first 5
        popcon edit fox-3f9a1c20 --back-to 0

    Parameters
    ----------
    job
        the job's id, as `popcon jobs` lists it.
    action
        the sticker to adjust; without it, outline and colours count for the whole pack.
    outline
        none, white or #rrggbb; with --action also pack: as the whole pack has it.
    width
        of the outline, 1 to 40 px of the cut-out. Default: 8.
    recolour
        "#rrggbb=#rrggbb": a colour of the character and what becomes of it and its shades, in the whole pack. May be
        given several times; replaces those of before; none: the colours as they were drawn.
    move
        "X,Y": px of the cut-out, to the right and downwards.
    scale
        0.25 to 4.
    turn
        degrees, clockwise.
    frame
        move, scale and turn this frame alone: its place in the sticker, from 0.
    first
        the frame that the sticker starts with: its place in the sticker as the machine made it, from 0.
    back_to
        take what was adjusted back to how it was after so many saves; 0: nothing is adjusted.
    json
        one JSON object on stdout.
    """
    from popcon.editing.adjustments import current_adjustments, save_adjustments, saved_adjustments
    from popcon.jobs.archive import Archive
    from popcon.settings import settings
    from popcon.storage.store import open_store

    archive = Archive(open_store(settings().store_url))
    found = archive.job(job)
    try:
        if back_to is not None:
            changed = saved_adjustments(archive.store, found.id, back_to).adjustments
        else:
            now = current_adjustments(archive.store, found.id).adjustments
            if action is None:
                for option, value in (
                    ("move", move),
                    ("scale", scale),
                    ("turn", turn),
                    ("frame", frame),
                    ("first", first),
                ):
                    if value is not None:
                        raise BadInput(f"--{option} adjusts one sticker; say which one with --action.")
                changed = _with_pack(now, outline, width, recolour)
            else:
                if recolour:
                    raise BadInput("--recolour counts for the whole pack; leave --action out.")
                nudge = _nudge(move, scale, turn)
                one = _with_sticker(archive, found, action, now.of(action), outline, width, nudge, frame, first)
                changed = now.model_copy(update={"stickers": {**now.stickers, action: one}})
    except ValidationError as error:
        first_error = error.errors()[0]
        where = ".".join(str(part) for part in first_error["loc"])
        raise BadInput(f"{where}: {first_error['msg']}.") from error
    saved = save_adjustments(archive.store, found.id, found.spec, changed, by="command line")
    archive.bump_version(found.id)
    lines = [f"{found.id}: adjusted {saved.version} times." if saved.version else f"{found.id}: nothing is adjusted."]
    lines += [f"  {line}" for line in _told(saved.adjustments)]
    print_result(saved.model_dump(mode="json"), json, *lines, f"Make the stickers anew: popcon redo {found.id}")


def _with_pack(now: "Adjustments", outline: str | None, width: int | None, recolour: list[str] | None) -> "Adjustments":
    from popcon.models.adjustment import Outline, Recolour

    update: dict[str, object] = {}
    if outline is not None or width is not None:
        update["outline"] = _outline(outline, width, now.outline) or Outline()
    if recolour:
        pairs = [] if recolour == ["none"] else [each.lower().split("=") for each in recolour]
        for pair, text in zip(pairs, recolour, strict=False):
            if len(pair) != 2:
                raise BadInput(f"--recolour: write #rrggbb=#rrggbb, not {text!r}.")
        update["recolours"] = tuple(Recolour(source=pair[0], target=pair[1]) for pair in pairs)
    return type(now).model_validate({**now.model_dump(), **update})


def _with_sticker(
    archive: "Archive",
    job: "Job",
    action: str,
    now: "StickerAdjustment",
    outline: str | None,
    width: int | None,
    nudge: dict[str, float],
    frame: int | None,
    first: int | None,
) -> "StickerAdjustment":
    from popcon.editing.refinements import frame_name
    from popcon.models.adjustment import Nudge, Outline
    from popcon.pipeline.edit_session import EditSession

    session = EditSession(archive, job, action)
    update: dict[str, object] = {}
    if outline is not None or width is not None:
        update["outline"] = None if outline == "pack" else _outline(outline, width, now.outline or Outline())
    if first is not None:
        update["first"] = frame_name(session.played(first)) if first else None
    if frame is not None:
        if not nudge:
            raise BadInput("--frame: say what happens to it with --move, --scale or --turn.")
        name = frame_name(session.played(frame))
        before = now.frames.get(name, Nudge())
        update["frames"] = {**now.frames, name: Nudge.model_validate({**before.model_dump(), **nudge})}
    elif nudge:
        update["nudge"] = Nudge.model_validate({**now.nudge.model_dump(), **nudge})
    return now.model_copy(update=update)


def _outline(outline: str | None, width: int | None, now: object) -> object:
    from popcon.models.adjustment import Outline

    assert isinstance(now, Outline)
    if outline == "none":
        return Outline()
    if outline == "pack":
        raise BadInput("--outline pack is for one sticker; say which one with --action.")
    colour = {"white": "#ffffff", None: now.colour}.get(outline, (outline or "").lower())
    return Outline(colour=colour, width=(now.width or 8) if width is None else width)


def _nudge(move: str | None, scale: float | None, turn: float | None) -> dict[str, float]:
    found: dict[str, float] = {}
    if move is not None:
        try:
            found["x"], found["y"] = (float(each) for each in move.split(","))
        except ValueError:
            raise BadInput(f"--move: write X,Y in px of the cut-out, such as 12,-4, and not {move!r}.") from None
    if scale is not None:
        found["scale"] = scale
    if turn is not None:
        found["angle"] = turn
    return found


def _told(adjustments: "Adjustments") -> list[str]:
    """Return what is adjusted, a line each."""
    lines = []
    if adjustments.outline.width:
        lines.append(f"all: outline {adjustments.outline.colour}, {adjustments.outline.width} px")
    lines += [f"all: {each.source} becomes {each.target}" for each in adjustments.recolours]
    for name, each in adjustments.stickers.items():
        own = each.model_dump(exclude_defaults=True)
        lines += [f"{name}: {field} {value}" for field, value in own.items()]
    return lines
