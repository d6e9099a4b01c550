"""What is deployed, checked without starting it: deployments, pools, templates, automations, compose."""

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args
from unittest.mock import AsyncMock
from uuid import uuid4

import jsonschema
import pytest
import yaml
from prefect.workers.base import BaseJobConfiguration
from prefect.workers.process import ProcessJobConfiguration, ProcessWorker

from deployments.automations import automations
from deployments.pools import QUEUES, PoolType, pools, template
from deployments.register import MANIFEST
from deployments.worker.forkserver import TYPE, ForkserverJobConfiguration, ForkserverWorker
from flows import runs
from tests.event_loop import run

FOLDER = Path(__file__).parents[2] / "deployments"


def test_the_deployments_are_these() -> None:
    found = {
        entry["name"]: (
            entry["entrypoint"],
            entry["work_pool"]["name"],
            entry["work_pool"]["work_queue_name"],
            [each["cron"] for each in entry.get("schedules", [])],
        )
        for entry in yaml.safe_load(MANIFEST.read_text())["deployments"]
    }
    assert found == {
        "make-pack": ("flows.make_pack.make_pack", "cpu", "interactive", []),
        "make-sticker": ("flows.make_sticker.make_sticker", "cpu", "interactive", []),
        "assemble-pack": ("flows.assemble_pack.assemble_pack", "cpu", "interactive", []),
        "cut-out": ("flows.cut_out.cut_out", "gpu", "interactive", []),
        "order-pack": ("flows.order_pack.order_pack", "cpu", "batch", []),
        "upkeep": ("flows.upkeep.upkeep", "cpu", "interactive", ["*/2 * * * *", "17 3 * * *"]),
    }
    assert {child.deployment for child in runs.DEPLOYMENTS} == set(found)
    assert {child.name for child in runs.DEPLOYMENTS} == {
        f"{entrypoint.rpartition('.')[2].replace('_', '-')}/{name}" for name, (entrypoint, *_) in found.items()
    }
    assert QUEUES["interactive"] < QUEUES["batch"]


def configured(file: str, **variables: Any) -> dict[str, Any]:
    """A template with its defaults and `variables` filled in, as a worker does it."""
    whole = template(file)
    properties = whole["variables"]["properties"]
    values = {key: value["default"] for key, value in properties.items() if "default" in value} | variables
    jsonschema.validate(values, whole["variables"])

    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: fill(each) for key, each in value.items()}
        if isinstance(value, list):
            return [fill(each) for each in value]
        if isinstance(value, str) and (match := re.fullmatch(r"\{\{ (\w+) \}\}", value)):
            assert match[1] in properties, f"{file} uses {match[1]}, which is no variable of it"
            return values.get(match[1])
        return value

    filled = fill(whole["job_configuration"])
    return {key: value for key, value in filled.items() if value is not None}


@pytest.mark.parametrize("pool", ["cpu", "gpu"])
def test_process_templates_fit_the_worker(pool: str) -> None:
    assert set(template(f"process-{pool}")["job_configuration"]) < set(
        ProcessWorker.get_default_base_job_template()["job_configuration"]
    )
    ProcessJobConfiguration.model_validate(configured(f"process-{pool}"))


def test_the_forkserver_worker_takes_the_process_templates() -> None:
    cpu, _ = pools("forkserver")
    assert (cpu.worker, ForkserverWorker.type) == ("popcon-forkserver", TYPE)
    ForkserverJobConfiguration.model_validate(configured(cpu.template))
    assert set(cpu.base_job_template["job_configuration"]) < set(
        ForkserverWorker.get_default_base_job_template()["job_configuration"]
    )


_BEATS = "PREFECT_FLOWS_HEARTBEAT_FREQUENCY"


def test_all_runs_send_heartbeats() -> None:
    assert f'{_BEATS}="30"' in (FOLDER / "up.py").read_text()
    for pool in ("cpu", "gpu"):
        assert f"{_BEATS}=30" in (FOLDER / "images" / f"{pool}.Dockerfile").read_text()
        assert f"{_BEATS}=30" in template(f"docker-{pool}")["job_configuration"]["command"].split()
        assert {"name": _BEATS, "value": "30"} in _container(template(f"kubernetes-{pool}")["job_configuration"])["env"]


def _container(configuration: dict[str, Any]) -> dict[str, Any]:
    [found] = configuration["job_manifest"]["spec"]["template"]["spec"]["containers"]
    return dict(found)


_MISUSE = {
    "command": "touch /tmp/taken-over",
    "env": {"PYTHONPATH": "/tmp/evil"},
    "env.LD_PRELOAD": "/tmp/evil.so",
    "working_dir": "/tmp",
    "image": "evil:latest",
    "volumes": ["/:/host"],
    "privileged": True,
    "network_mode": "host",
    "networks": ["evil"],
    "registry_credentials": {"password": "evil"},
    "container_create_kwargs": {"entrypoint": "evil"},
    "namespace": "evil",
    "service_account_name": "evil",
    "cluster_config": {"context_name": "evil"},
    "job_manifest": {"kind": "evil"},
}
"""Values of job variables that would say what runs, where, or with which rights."""

_WORKERS = {
    "forkserver": ("deployments.worker.forkserver", "ForkserverJobConfiguration"),
    "process": ("prefect.workers.process", "ProcessJobConfiguration"),
    "docker": ("prefect_docker.worker", "DockerWorkerJobConfiguration"),
    "kubernetes": ("prefect_kubernetes.worker", "KubernetesWorkerJobConfiguration"),
}


@pytest.mark.parametrize("pool", ["cpu", "gpu"])
@pytest.mark.parametrize("kind", get_args(PoolType))
def test_no_job_variable_says_what_runs(kind: PoolType, pool: str) -> None:
    module, name = _WORKERS[kind]
    configuration = getattr(importlib.import_module(module), name)
    whole = pools(kind)[pool == "gpu"].base_job_template
    for variable, value in _MISUSE.items():
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({variable: value}, whole["variables"])

    def made(values: dict[str, Any]) -> Any:  # what a worker makes of it, where the server did not look
        given = {"name": "a run", **values}
        return run(configuration.from_template_and_values(whole, given, client=AsyncMock()))

    assert made(dict(_MISUSE)) == made({})


@pytest.mark.parametrize("pool", ["cpu", "gpu"])
def test_docker_templates_fit_the_worker(pool: str) -> None:
    worker = importlib.import_module("prefect_docker.worker")
    made: BaseJobConfiguration = worker.DockerWorkerJobConfiguration.model_validate(configured(f"docker-{pool}"))
    assert made.image == f"popcon-{pool}:latest"  # type: ignore[attr-defined]
    requests = made.container_create_kwargs or {}  # type: ignore[attr-defined]
    assert ("device_requests" in requests) == (pool == "gpu")


@pytest.mark.parametrize("pool", ["cpu", "gpu"])
def test_kubernetes_templates_fit_the_worker(pool: str) -> None:
    worker = importlib.import_module("prefect_kubernetes.worker")
    values = configured(f"kubernetes-{pool}", name="run", labels={}, annotations={})
    made = worker.KubernetesWorkerJobConfiguration.model_validate(values)
    container = _container(made.model_dump())
    assert container["image"] == f"popcon-{pool}:latest"
    assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    pod = made.model_dump()["job_manifest"]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["automountServiceAccountToken"] is False
    image = (FOLDER / "images" / f"{pool}.Dockerfile").read_text()
    assert f"--uid {pod['securityContext']['runAsUser']} popcon" in image
    assert "USER popcon" in image
    assert container["resources"]["limits"].get("nvidia.com/gpu") == ("1" if pool == "gpu" else None)


def test_a_container_has_a_gpu_of_its_own_and_leaves_no_limit_behind() -> None:
    assert "POPCON_GPU_HOST=-" in template("docker-gpu")["job_configuration"]["command"].split()
    container = _container(template("kubernetes-gpu")["job_configuration"])
    assert {"name": "POPCON_GPU_HOST", "value": "-"} in container["env"]


def test_pools_limit_runs_and_not_workers() -> None:
    cpu, gpu = pools(cpu=6)
    assert (cpu.name, cpu.limit, gpu.name, gpu.limit) == ("cpu", 6, "gpu", 1)
    commands = (FOLDER / "up.py").read_text() + (FOLDER / "compose.yaml").read_text()
    assert "--limit" not in commands


def test_a_waiting_run_is_not_taken_for_a_dead_one() -> None:
    dead, again, tell = automations(str(uuid4()), str(uuid4()))
    assert {"prefect.flow-run.Suspended", "prefect.flow-run.heartbeat"} <= dead.trigger.expect
    assert dead.trigger.after == {"prefect.flow-run.heartbeat"}
    assert again.trigger.expect == {"prefect.flow-run.Crashed"}
    assert tell.trigger.expect == {"prefect.flow-run.Suspended"}
    assert len(automations(str(uuid4()))) == 2, "nobody is told unless an address is given"


def test_compose_publishes_on_loopback_and_holds_no_password() -> None:
    text = (FOLDER / "compose.yaml").read_text()
    services = yaml.safe_load(text)["services"]
    assert {"postgres", "redis", "store", "prefect", "services", "worker-cpu", "worker-gpu", "web"} <= set(services)
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)
    example = (FOLDER / ".env.example").read_text()
    wanted = set(re.findall(r"\$\{(\w+):\?", text))
    assert wanted == {"POSTGRES_PASSWORD", "PREFECT_PASSWORD", "STORE_KEY", "STORE_SECRET"}
    for name in wanted:
        assert f"\n{name}=\n" in f"\n{example}"


def test_compose_lets_nobody_in_without_the_password() -> None:
    services = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]
    password = "popcon:${PREFECT_PASSWORD:?set it in deployments/.env}"
    for name in ("prefect", "services"):
        found = services[name]["environment"]
        assert found["PREFECT_SERVER_API_AUTH_STRING"] == password
        assert found["PREFECT_SERVER_CORS_ALLOWED_ORIGINS"] == "${PREFECT_WEB_URL:-http://127.0.0.1:4200}"
        assert found["PREFECT_SERVER_CSRF_PROTECTION_ENABLED"] == "true"
        assert (found["PREFECT_SERVER_ANALYTICS_ENABLED"], found["DO_NOT_TRACK"]) == ("false", "1")
    for name in ("deploy", "worker-cpu", "worker-gpu", "web"):
        assert services[name]["environment"]["PREFECT_API_AUTH_STRING"] == password


def test_compose_has_one_inference_host_that_all_others_find() -> None:
    services = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]
    host, worker = services["inference"], services["worker-gpu"]
    assert host["profiles"] == worker["profiles"] == ["gpu"]
    assert "ports" not in host
    assert host["deploy"] == worker["deploy"]
    assert "--host 0.0.0.0 --port 8500 --configured" in host["command"]
    for name in ("web", "worker-cpu", "worker-gpu"):
        found = services[name]["environment"]
        assert found["POPCON_INFERENCE_URL"] == "${INFERENCE_URL:-}"
        assert found["POPCON_INFERENCE_TOKEN"] == host["environment"]["POPCON_INFERENCE_TOKEN"]
        assert found["POPCON_BIREFNET_PATH"] == host["environment"]["POPCON_BIREFNET_PATH"]
    assert worker["environment"]["POPCON_MODELS_ELSEWHERE"] == "0"
    assert "POPCON_MODELS_ELSEWHERE" not in services["web"]["environment"]


def test_the_cpu_image_installs_no_torch() -> None:
    lines = (FOLDER / "images" / "cpu.Dockerfile").read_text()
    [install] = re.findall(r'-e "\.\[([a-z0-9,]+)\]"', lines)
    assert set(install.split(",")) == {"s3", "dashscope", "ui"}
    assert "pip show torch" in lines


def test_templates_are_json_that_prefect_takes() -> None:
    for file in (FOLDER / "pools").glob("*.json"):
        assert set(json.loads(file.read_text())) == {"job_configuration", "variables"}


def test_what_orchestrates_or_serves_loads_no_torch() -> None:
    modules = (
        "flows.make_pack, flows.make_sticker, flows.cut_out, flows.upkeep, deployments.register, ui.cli, ui.web.app"
    )
    heavy = "{'torch', 'torchvision', 'transformers', 'ultralytics', 'dashscope', 'timm'}"
    code = f"import sys, {modules}; sys.exit(' '.join({heavy} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
