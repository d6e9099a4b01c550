"""What the start frame and the take steps have in common: one action of one character on a backdrop."""

from pydantic import Field

from popcon.engines.base import Shot
from popcon.media.pictures.png import decode_png
from popcon.models.artifact import ArtifactRef
from popcon.models.engine import EngineFingerprint
from popcon.models.job import EngineChoice
from popcon.models.results import Box
from popcon.pipeline.keys import StepInputs
from popcon.pipeline.steps.payment import Payment
from popcon.pixels import Rgba
from popcon.storage.store import Store


class ShotInputs(StepInputs):
    """What an image or video engine is asked for."""

    character: ArtifactRef
    body: Box
    shot: Shot
    engine: EngineChoice
    fingerprint: EngineFingerprint
    payment: Payment = Field(default=Payment(), exclude=True, description="no part of the key")

    def character_alone(self, store: Store) -> Rgba:
        """Return the character, trimmed to its body: (h, w, 4) uint8."""
        picture = decode_png(store.get(self.character), 4)
        return picture[self.body.top : self.body.bottom, self.body.left : self.body.right].copy()
