"""What a job would do: each task, whether it is finished already, and what it would cost. Runs nothing."""

from decimal import Decimal

from pydantic import Field

from popcon.jobs.archive import Archive, Job
from popcon.models.base import Model
from popcon.models.job import Cny
from popcon.models.step import Step
from popcon.models.verdict import Gate, Status
from popcon.naming import result
from popcon.pipeline.job import find_character
from popcon.pipeline.lookup import ActionLookup, JobLookup, LookedUpTask
from popcon.pipeline.prices import estimated_price


class PlannedTask(Model):
    """One task of a plan."""

    task: str
    step: Step
    label: str
    cached: bool
    estimate: Cny = Decimal(0)


class Plan(Model):
    """All tasks of a job that can be foreseen. What follows an unfinished task counts as unfinished."""

    job: str
    steps: tuple[PlannedTask, ...]
    waiting: tuple[str, ...] = Field(default=(), description="gates that nobody has answered yet")

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return all(step.cached for step in self.steps) and not self.waiting

    @property
    def hits(self) -> int:
        """How many tasks are finished."""
        return sum(step.cached for step in self.steps)

    @property
    def estimate(self) -> Decimal:
        """What the unfinished tasks are expected to cost."""
        return sum((step.estimate for step in self.steps if not step.cached), Decimal(0))


def make_plan(archive: Archive, job: Job) -> Plan:
    """Follow a job's workflow, asking the records instead of computing."""
    lookup = JobLookup(archive, job)
    prepared = [each for each in lookup.looked_up if each.task.step is Step.CHARACTER]
    packed = [each for each in lookup.looked_up if each.task.step is Step.PACK]
    steps = [_planned_lookup(job, each) for each in prepared]
    for action in lookup.actions:
        steps += [_planned_lookup(job, each) for each in action.looked_up]
        if not action.finished:
            steps += _expected(job, action)
    if lookup.character is not None and lookup.finished:
        steps += [_planned_lookup(job, each) for each in packed]
    else:
        steps += [_planned(job, "pack", Step.PACK, f"pack {edition}") for edition in job.spec.editions]
    waiting = [f"{each.action.name}: {gate}" for each in lookup.actions if (gate := _gate(each.question)) is not None]
    return Plan(job=job.id, steps=tuple(steps), waiting=tuple(waiting))


def finished_actions(archive: Archive, job: Job) -> set[str]:
    """Return the actions that are finished: settled, with every result in the store and in their summary."""
    finished: set[str] = set()
    for action in job.spec.actions:
        summary = archive.summary(job.id, action.name)
        if summary.status not in (Status.DONE, Status.SKIPPED):
            continue
        lookup = ActionLookup(archive, job, action)
        character = find_character(lookup.inputs)
        if character is None:
            return set()
        lookup.follow(character)
        made = {
            result("sticker", edition): sticker.model_dump(mode="json")
            for edition, sticker in (lookup.stickers or {}).items()
        }
        if lookup.status is summary.status and made.items() <= summary.results.items():
            finished.add(action.name)
    return finished


def _gate(question: str) -> Gate | None:
    return next((gate for gate in Gate if question.startswith(gate)), None)


def _planned_lookup(job: Job, looked_up: LookedUpTask) -> PlannedTask:
    return _planned(job, looked_up.task.name, looked_up.task.step, looked_up.label, looked_up.found)


def _planned(job: Job, task: str, step: Step, label: str, cached: bool = False) -> PlannedTask:
    return PlannedTask(task=task, step=step, label=label, cached=cached, estimate=estimated_price(task, job.spec))


def _expected(job: Job, action: ActionLookup) -> list[PlannedTask]:
    """Return one task for each step of an action that its workflow has not come to, and one for each sticker."""
    name = action.action.name
    order: list[Step] = [step for step in Step if step not in (Step.CHARACTER, Step.PACK)]
    reached = order.index(action.looked_up[-1].task.step) + 1 if action.looked_up else 0
    verbs = {Step.START_FRAME: "draw", Step.TAKE: "animate", Step.FRAMES: "choose frames", Step.CUTOUTS: "cut out"}
    expected = []
    for step in order[reached:]:
        labels = (
            [f"sticker {name} {edition}" for edition in job.spec.editions]
            if step is Step.STICKER
            else [f"{verbs[step]} {name}"]
        )
        expected += [_planned(job, step.value, step, label) for label in labels]
    return expected
