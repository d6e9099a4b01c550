"""Automations on the Prefect server: what happens when a run's process dies, and who is told when a job waits."""

from datetime import timedelta

from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import StateType
from prefect.events.actions import CallWebhook, ChangeFlowRunState, RunDeployment
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification

from flows.runs import UPKEEP
from popcon.naming import job_tag
from popcon.settings import settings

HEARTBEAT_TIMEOUT = timedelta(seconds=90)
"""Three heartbeats: a run that misses them has no process any more."""

_PREFIX = "popcon: "
_ENDS = ("Completed", "Failed", "Crashed", "Cancelled", "Suspended", "Paused", "Scheduled", "AwaitingRetry")


def automations(upkeep_id: str, webhook_id: str | None = None) -> list[AutomationCore]:
    """Return all automations.

    Arguments:
        upkeep_id: id of the upkeep deployment.
        webhook_id: id of the webhook block that is called when a job waits; None: nobody is told.
    """
    of_a_run = ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"})
    # Of a job, and not upkeep: one that dies each time must not start another each time.
    ours = ResourceSpecification({"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{job_tag('*')}"})
    made = [
        AutomationCore(
            name=f"{_PREFIX}runs without a process have crashed",
            description="A killed process or machine says nothing; its heartbeats stop. Waiting runs send none.",
            trigger=EventTrigger(
                after={"prefect.flow-run.heartbeat"},
                expect={"prefect.flow-run.heartbeat", *(f"prefect.flow-run.{end}" for end in _ENDS)},
                match=of_a_run,
                for_each={"prefect.resource.id"},
                posture=Posture.Proactive,
                threshold=1,
                within=HEARTBEAT_TIMEOUT,
            ),
            actions=[ChangeFlowRunState(state=StateType.CRASHED, message="Its process died: no heartbeat any more.")],
        ),
        AutomationCore(
            name=f"{_PREFIX}jobs go on after a crash",
            description="Upkeep starts a job again whose run has crashed; finished steps are found.",
            trigger=EventTrigger(
                expect={"prefect.flow-run.Crashed"},
                match=of_a_run,
                match_related=ours,
                posture=Posture.Reactive,
                threshold=1,
                within=timedelta(0),
            ),
            actions=[RunDeployment(deployment_id=upkeep_id, parameters={"only_runs": True})],
        ),
    ]
    if webhook_id is not None:
        made.append(
            AutomationCore(
                name=f"{_PREFIX}tell a webhook when a job waits for a person",
                trigger=EventTrigger(
                    expect={"prefect.flow-run.Suspended"},
                    match=of_a_run,
                    match_related=ours,
                    posture=Posture.Reactive,
                    threshold=1,
                    within=timedelta(0),
                ),
                actions=[
                    CallWebhook(
                        block_document_id=webhook_id,
                        payload='{"waits": "{{ flow_run.name }}", "tags": {{ flow_run.tags | tojson }}}',
                    )
                ],
            )
        )
    return made


def register_automations(client: SyncPrefectClient, webhook: str | None = None) -> None:
    """Create the automations, or replace them.

    Arguments:
        webhook: the address to tell when a job waits; None leaves such an automation as it is.
    """
    upkeep = client.read_deployment_by_name(UPKEEP.name)
    block_id = None
    if webhook is not None:
        hook = Webhook(method="POST", url=webhook, allow_private_urls=settings().private_addresses)
        block_id = str(hook.save("popcon-waits", overwrite=True))
    for wanted in automations(str(upkeep.id), block_id):
        known = client.read_automations_by_name(wanted.name)
        for each in known:
            client.delete_automation(each.id)
        client.create_automation(wanted)
