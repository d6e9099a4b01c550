"""Commands that make files without a job: cutout, segment, export."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from popcon.errors import BadInput
from ui.cli.console import err, print_result, said, write_file

if TYPE_CHECKING:
    from popcon.models.job import EngineChoice


def cutout(
    source: Path,
    /,
    *,
    out: Path,
    backdrop: str = "auto",
    engine: str = "keyed",
    model: str | None = None,
    setting: tuple[str, ...] = (),
    shadow: Literal["remove", "keep"] | None = None,
    json: bool = False,
) -> None:
    """Cut every frame of a clip, or of a folder of frames, out of its backdrop: numbered RGBA PNGs.

    Examples:

        popcon cutout wave.mp4 --out wave-frames
        popcon cutout frames/ --out cut --backdrop "#00d45a"
        popcon cutout wave.mp4 --out cut --engine birefnet --model path/to/BiRefNet --setting trust_remote_code=true

    Parameters
    ----------
    source
        a clip (MP4, WebM, MOV, GIF, APNG, WebP) of up to 60 s, or a folder of pictures of one size.
    out
        folder for 0001.png, 0002.png … and cutout.json (doubts for each frame).
    backdrop
        auto, or the backdrop's colour as #rrggbb.
    engine
        keyed for flat backdrops; birefnet or rembg for any other.
    model
        folder or hub id of the engine's weights, for engines that need any.
    setting
        another setting of the engine, name=value; repeatable.
    shadow
        of the engine keyed: a soft shadow on the backdrop goes (remove), or stays as a soft black one (keep).
    json
        one JSON object on stdout.
    """
    from popcon.jobs.engine_sets import with_shadow
    from popcon.standalone.cutout import cut_out

    choice = engine_choice("matte", engine, model, with_shadow(setting, shadow))
    colour = None if backdrop == "auto" else _colour(backdrop, "--backdrop")
    with err.status(said("studying the clip …")) as status:
        made = cut_out(
            source,
            out,
            choice,
            colour,
            lambda done: status.update(said(f"{done} frames cut out …")),
        )
    lines = [f"{len(made.frames)} frames in {out} (backdrop {made.backdrop})", *(f"  {note}" for note in made.notes)]
    if made.doubtful:
        reasons = sorted({frame.reason for frame in made.frames if frame.doubtful and frame.reason})
        lines.append(f"  {made.doubtful} of them are doubtful: {'; '.join(reasons)}")
    print_result(made.model_dump(mode="json"), json, *lines)


def segment(
    picture: Path,
    /,
    *,
    point: Annotated[list[str], Parameter(allow_leading_hyphen=True)],
    out: Path,
    engine: str = "graph",
    model: str | None = None,
    setting: tuple[str, ...] = (),
    json: bool = False,
) -> None:
    """Turn clicks on a picture into a mask.

    Examples:

        popcon segment fox.png --point 240,200,+ --out mask.png
        popcon segment fox.png --point 240,200,+ --point 30,40,- --out mask.png

    Parameters
    ----------
    picture
        PNG, JPEG, WebP, GIF, BMP or TIFF.
    point
        X,Y,+ belongs to the character; X,Y,- does not; repeatable.
    out
        the mask: a grey PNG of the picture's size, white where the character is.
    engine
        graph (nothing to fetch), sam2 or sam2-ultralytics.
    model
        folder, file or hub id of the engine's weights, for engines that need any.
    setting
        another setting of the engine, name=value; repeatable.
    json
        one JSON object on stdout.
    """
    from popcon.engines import registry
    from popcon.jobs.spec_builder import parsed_click
    from popcon.media.pictures.picture import read_picture
    from popcon.media.pictures.png import encode_png

    choice = engine_choice("segment", engine, model, setting)
    clicks = [parsed_click(each, "--point") for each in point]
    pixels = read_picture(picture)
    chosen = registry.segment(choice)
    mask, score = chosen.predict(chosen.encode(pixels[..., :3].copy()), clicks)
    write_file(out, encode_png(mask), "--out")
    share = float((mask >= 128).mean())
    print_result(
        {"mask": str(out), "score": round(score, 4), "share": round(share, 4)},
        json,
        f"{out}: {share:.0%} of the picture, score {score:.2f}",
    )


def export(
    folder: Path,
    /,
    *,
    platform: str,
    fps: float,
    out: Path,
    format: Literal["apng", "gif", "webp", "webm"] | None = None,
    matte: str | None = None,
    json: bool = False,
) -> None:
    """Turn a folder of numbered RGBA PNGs into one sticker that a platform accepts.

    Examples:

        popcon export wave-frames --platform line-emoji --fps 12 --out wave.png
        popcon export wave-frames --platform discord-emoji --fps 12 --format gif --matte "#313338" --out wave.gif

    Parameters
    ----------
    folder
        RGBA PNG files of one size, played in the order of their numbers.
    platform
        whose limits: line-emoji, telegram-sticker, whatsapp …; gif, apng and webp have none.
    fps
        frames a second of the source, 0.1 to 240.
    out
        the file to write.
    format
        one that the platform accepts [default: the platform's own].
    matte
        colour #rrggbb that the soft rims of a GIF are mixed with.
    json
        one JSON object on stdout.
    """
    from popcon.standalone.export import export as export_frames

    colour = None if matte is None else _colour(matte, "--matte")
    made = export_frames(folder, platform, fps, out, format, colour)
    sticker = made.sticker
    limit = f" of {sticker.limit / 1000:.0f}" if sticker.limit else ""
    length = f"{sticker.play_ms / 1000:g} s"
    if abs(sticker.play_ms - made.source_ms) > max(10, 0.02 * made.source_ms):
        length += f" (the frames took {made.source_ms / 1000:g} s)"
    count = f"{sticker.frames} frame{'' if sticker.frames == 1 else 's'}"
    print_result(
        made.model_dump(mode="json"),
        json,
        f"{out}: {sticker.width}x{sticker.height}, {count}, {length}, "
        f"{sticker.bytes / 1000:.0f}{limit} KB, SSIM {sticker.ssim:.3f}",
    )


def _colour(text: str, option: str) -> str:
    from popcon.media.pictures.colour import parse_hex

    try:
        parse_hex(text)
    except ValueError as error:
        raise BadInput(f"{option} {text!r} is not a colour; write it as #rrggbb.") from error
    return text.lower()


def engine_choice(
    kind: Literal["matte", "segment"], name: str, model: str | None, settings: tuple[str, ...]
) -> "EngineChoice":
    """Return an engine that can be loaded; another one is refused before anything is read."""
    from popcon.engines.readiness import refuse_unready_engine
    from popcon.jobs.engine_sets import parsed_settings
    from popcon.models.job import EngineChoice

    given = parsed_settings(settings, "--setting") | ({"path": model} if model else {})
    choice = EngineChoice(name=name, settings=given)
    refuse_unready_engine(kind, choice)
    return choice
