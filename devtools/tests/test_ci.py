"""The Makefile, .ci/run, the hosted CI and pre-commit call the same targets."""

import re

from devtools import repository

MAKE = re.compile(r"\bmake ([a-z-]+)")


def prerequisites(target: str) -> set[str]:
    [line] = re.findall(rf"^{target}:([^#\n]*)", repository.text("Makefile"), re.M)
    return set(line.split())


def test_hosted_ci_calls_the_targets_of_the_ci_script() -> None:
    script = set(MAKE.findall(repository.text(".ci/run")))
    workflow = repository.text(".github/workflows/ci.yml")
    targets = re.findall(r"^          - ([a-z-]+)", workflow, re.M)

    assert script == set(targets) | set(MAKE.findall(workflow))


def test_pre_commit_calls_every_part_of_make_lint() -> None:
    parts = {each for each in prerequisites("lint") if each.startswith("lint-")}
    hooks = re.findall(r"entry: make ([a-z-]+)", repository.text(".pre-commit-config.yaml"))

    assert len(parts) >= 4
    assert set(hooks) == parts


def test_every_target_with_a_text_is_in_a_group() -> None:
    makefile = repository.text("Makefile")
    groups = re.findall(r"^##@ (\w+)$", makefile, re.M)

    assert groups == ["Run", "Test", "Measure", "Develop"]
    before = re.findall(r"^([a-z-]+):.*## ", makefile.partition("##@")[0], re.M)
    assert before == ["help"]
