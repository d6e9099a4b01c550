"""Declares where an action and a job stand. Any run can rebuild these records."""

from typing import Any

from pydantic import Field

from popcon.models.base import Model
from popcon.models.billed import Billed
from popcon.models.results import Pack, Sheet
from popcon.models.step import Step
from popcon.models.verdict import Status


class StepLog(Billed):
    """One task of one run: what it was, how long it took, whether it was found finished."""

    task: str = Field(default="", description="empty in logs of versions that noted the step alone")
    step: Step = Field(description="the step that the task belongs to")
    label: str
    seconds: float = Field(ge=0)
    cached: bool


class ActionSummary(Model):
    """Where an action stands. Rebuilt by any run."""

    action: str
    status: Status = Status.QUEUED
    message: str = Field(default="", description="why it failed, what it waits for, what to know")
    steps: tuple[StepLog, ...] = ()
    results: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="what each task made last, as JSON (see `naming.result`)"
    )
    question: str = Field(default="", description="what a person is asked just now (see `naming.question`)")
    asked_at: str = Field(default="", description="since when")
    updated_at: str = ""


class JobSummary(Model):
    """What a job has come to. Rebuilt by any run."""

    packs: tuple[Pack, ...] = ()
    sheets: dict[str, Sheet] = Field(default_factory=dict, description="by edition")
    steps: tuple[StepLog, ...] = Field(default=(), description="steps of the whole job")
    missing: dict[str, str] = Field(default_factory=dict, description="actions without stickers, and why")
    of: dict[str, tuple[str, ...]] = Field(default_factory=dict, description="by edition, hashes of what was packed")
    cover: str = Field(default="", description="the action that covers show; empty: the character")
