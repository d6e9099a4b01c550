"""Start frames bought together: one picture with several actions in a grid, cut apart; see `pose_sheet`.

A sheet is a way of buying, no step: a start frame's key is the same whether it came from a sheet or alone. Whichever
start frame of a job is drawn first buys the sheet that it is on; the ledger gives the others the same picture.
"""

from decimal import Decimal

from popcon import naming
from popcon.engines import registry
from popcon.engines.abilities import DrawsSheet, HoldsSheet
from popcon.engines.base import Shot
from popcon.errors import Fault, PromptDeclined, PromptTooLong
from popcon.media.pictures.framing import check_framing
from popcon.media.pictures.png import encode_png
from popcon.media.pictures.pose_sheet import Grid, cut_apart, groups
from popcon.media.pictures.staging import on_stage
from popcon.models.results import StartFrame
from popcon.pipeline.steps.shot import ShotInputs
from popcon.storage.digest import digest
from popcon.storage.records import result_of
from popcon.storage.store import Store


def from_sheet(inputs: ShotInputs, shots: tuple[Shot, ...], store: Store) -> tuple[StartFrame | None, bool]:
    """Draw a start frame as a cell of a sheet.

    Arguments:
        inputs: of the start frame.
        shots: of all start frames of the job that may share a sheet, in the job's order; empty: none.

    Returns:
        The start frame, and whether there was a sheet at all. Without a start frame it is to be drawn alone: it shares
        no sheet, or its cell failed a check.
    """
    engine = registry.image(inputs.engine)
    if len(shots) < 2 or not isinstance(engine, HoldsSheet):
        return None, False
    together = _group(inputs, shots, engine.sheet_cells(inputs.shot.side), store)
    if len(together) < 2:
        return None, False
    key = digest(["start frame sheet", inputs.character, inputs.body, inputs.fingerprint, together])
    buyer = registry.image(inputs.engine, inputs.payment.sheet_purchase(store, key, len(together)))
    assert isinstance(buyer, DrawsSheet)
    character = inputs.character_alone(store)
    try:
        sheet, report = buyer.draw_sheet(character, together)
    except (PromptDeclined, PromptTooLong):
        return None, False  # one action's words must not stand in the way of the others
    backdrop, side = inputs.shot.backdrop, inputs.shot.side
    grid = Grid.of(len(together), max(sheet.shape[:2]), side)
    cells = cut_apart(sheet, len(together), grid, side, on_stage(character, backdrop, side), backdrop)
    cell = cells[[shot.action for shot in together].index(inputs.shot.action)]
    framing = check_framing(cell.picture, backdrop)
    if cell.problems or framing.problems or framing.body is None:
        return None, True
    share = (Decimal(report.price) / len(together)).quantize(Decimal("0.0001"))
    return StartFrame(
        picture=store.put(encode_png(cell.picture), "image/png"),
        body=framing.body,
        price=str(share.normalize()),
        currency=report.currency,
    ), True


def _group(inputs: ShotInputs, shots: tuple[Shot, ...], cells: int, store: Store) -> tuple[Shot, ...]:
    """Return the shots on the same sheet as this one.

    Which start frames share sheets is decided once for a job, by the first that is drawn, and written down: those that
    are finished by then need none, and the others must all come to the same sheets, whenever they are drawn.
    """
    key = digest([inputs.character, inputs.body, inputs.fingerprint, shots, cells])
    place = naming.sheet_members(inputs.payment.job, key[:16])
    members = store.read_json(place)
    if members is None:
        left = [shot.action for shot in shots if not _finished(inputs, shot, store)]
        store.create_json(place, {"actions": left})
        members = store.read_json(place)
    if not isinstance(members, dict):
        raise Fault(f"{place} cannot be read: which start frames share a sheet is not known; run again.")
    together = [shot for shot in shots if shot.action in members["actions"]]
    names = [shot.action for shot in together]
    if inputs.shot.action not in names:
        return ()
    number = names.index(inputs.shot.action)
    return tuple(next([together[at] for at in group] for group in groups(len(together), cells) if number in group))


def _finished(inputs: ShotInputs, shot: Shot, store: Store) -> bool:
    return result_of(store, inputs.model_copy(update={"shot": shot}).key(), StartFrame) is not None
