"""Check clicks before they are used."""

from collections.abc import Sequence

from popcon.errors import BadInput
from popcon.models.refinement import Click


def checked_clicks(clicks: Sequence[Click], width: int, height: int) -> tuple[Click, ...]:
    """Return the clicks in their order, each pixel once.

    Raises:
        BadInput: no clicks, one outside the picture, or a pixel that is both wanted and unwanted.
    """
    if not clicks:
        raise BadInput("There are no clicks; click at least once on what should be cut out.")
    seen: dict[tuple[int, int], Click] = {}
    for number, click in enumerate(clicks, 1):
        if not (0 <= click.x < width and 0 <= click.y < height):
            raise BadInput(
                f"Click {number} at ({click.x:g}, {click.y:g}) is outside the picture; "
                f"x has to be from 0 to {width - 1} and y from 0 to {height - 1}."
            )
        pixel = int(click.x), int(click.y)
        before = seen.setdefault(pixel, click)
        if before.positive != click.positive:
            raise BadInput(
                f"The pixel at ({pixel[0]}, {pixel[1]}) is clicked both as inside and as outside; remove one of them."
            )
    return tuple(seen.values())
