"""Who pays for a step, where its engine is a paid one. No part of a step's key: who pays changes no result."""

from pydantic import Field

from popcon.engines.purchase import Purchase
from popcon.models.base import Model
from popcon.models.job import Cny
from popcon.pipeline.keys import StepInputs
from popcon.storage.store import Store


class Payment(Model):
    """For which job and action a step works, and what the job may cost."""

    job: str = ""
    action: str = Field(default="", description="empty for the character")
    budget: Cny | None = Field(default=None, description="of the whole job; None: no limit")

    def sheet_purchase(self, store: Store, key: str, pictures: int) -> Purchase:
        """Return what a paid engine is given to buy one picture that several start frames share.

        Arguments:
            key: of the sheet.
            pictures: how many start frames it replaces.
        """
        return Purchase(store, self.job, key, step="start_frame sheet", job_budget=self.budget, stands_for=pictures)

    def purchase(self, store: Store, inputs: StepInputs, suffix: str = "", stands_for: int = 1) -> Purchase:
        """Return what a paid engine is given to buy under the step's key.

        Arguments:
            suffix: tells apart several purchases of one step.
            stands_for: see `Purchase`.
        """
        return Purchase(
            store,
            self.job,
            inputs.key() + suffix,
            action=self.action,
            step=str(inputs.step),
            job_budget=self.budget,
            stands_for=stands_for,
        )
