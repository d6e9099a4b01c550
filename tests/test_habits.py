"""What a repository promises about itself: one version, short lines, a diagram that is true, targets that are told."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import popcon

ROOT = Path(__file__).parents[1]
TEXT = ("*.md", "*.toml", "*.yaml", "*.yml", "Makefile", "*Dockerfile*")  # ruff looks after Python
UNBREAKABLE = re.compile(r"^\s*(\||.*https?://)")
"""Rows of tables and addresses cannot be broken."""


def tracked(*patterns: str) -> list[Path]:
    """Files that git knows, or would take; all of these names where this is no checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    names = listed.stdout.split() or [str(each) for pattern in patterns for each in ROOT.rglob(pattern)]
    return [ROOT / name for name in names if (ROOT / name).is_file() and ".venv" not in name]


def test_lines_have_at_most_120_characters() -> None:
    long = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in tracked(*TEXT)
        if file.name != "compose.yaml" and "data" not in file.parts  # commands to be copied
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if len(line) > 120 and not UNBREAKABLE.match(line)
    ]
    assert long == []


def test_the_version_has_one_source() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "version" in project["project"]["dynamic"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "popcon.__version__"}
    assert f"## {popcon.__version__}\n" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("tool", ["diagram", "platform_rules"])
def test_pages_are_written_from_the_code_as_it_is(tool: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"tools.{tool}", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"run `make docs` {done.stderr}"


def test_every_target_is_told() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.findall(r"^\.PHONY: (.*)$", makefile, re.M)[0].split()
    told = set(re.findall(r"^([a-z]+):.*## ", makefile, re.M))
    assert set(phony) - told == {"system"}


def test_workflows_and_hooks_call_what_there_is() -> None:
    makefile = (ROOT / "Makefile").read_text()
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    runs = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    targets = [run.split()[1] for run in runs if run.startswith("make ")]
    assert {"lint", "test", "demo"} <= set(targets)
    assert all(re.search(rf"^{target}:", makefile, re.M) for target in targets)
    assert workflow["jobs"]["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [each["repo"] for each in hooks] == ["local"]
