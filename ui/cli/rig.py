"""The command that finds a face and limbs: rig."""

from pathlib import Path

from ui.cli.console import print_result, write_file


def rig(
    picture: Path,
    /,
    *,
    limb: tuple[str, ...] = (),
    engine: str | None = None,
    model: str | None = None,
    out: Path | None = None,
    preview: Path | None = None,
    json: bool = False,
) -> None:
    """Find a character's face and limbs, as a record to correct and give to `make --rig`.

    Examples:

        popcon rig fox.png --out rig.json --preview rig.png
        popcon rig fox.png --limb arm_left=140,230,90,330 --out rig.json
        popcon make fox.png --rig rig.json

    Parameters
    ----------
    picture
        PNG, JPEG, WebP, GIF, BMP or TIFF of the character.
    limb
        NAME=X,Y,X,Y: a limb by its joint and its tip, in pixels of the picture; repeatable.
    engine
        segment engine that cuts these limbs out, such as sam2; without it the art's own lines bound them.
    model
        folder, file or hub id of the engine's weights, for engines that need any.
    out
        the rig as JSON, in pixels of the picture.
    preview
        the picture with its parts drawn over it, a PNG.
    json
        the rig as one JSON object on stdout.
    """
    from popcon.engines import registry
    from popcon.jobs.engine_sets import chosen_subject
    from popcon.media.pictures.png import encode_png
    from popcon.standalone.rig import find_rig, parsed_limb
    from popcon.standalone.rig import preview as drawn
    from ui.cli.files import engine_choice

    subject = chosen_subject()
    marked = [parsed_limb(each) for each in limb]
    segment = registry.segment(engine_choice("segment", engine, model, ())) if engine else None
    found, pixels = find_rig(picture, registry.subject(subject) if subject else None, marked, segment)
    text = found.model_dump_json(indent=1)
    if out is not None:
        write_file(out, text.encode() + b"\n", "--out")
    if preview is not None:
        write_file(preview, encode_png(drawn(found, pixels)), "--preview")
    own = [eye for eye in found.eyes if eye.source == "own"]
    said = [f"{len(own)} eyes" if own else "no eyes", "a mouth" if found.mouth else "no mouth"]
    said += [limb.name.replace("_", " ") for limb in found.limbs]
    lines = [f"{picture}: {found.kind}, {', '.join(said)}", *(str(path) for path in (out, preview) if path)]
    print_result(found.model_dump(mode="json"), json, *lines)
