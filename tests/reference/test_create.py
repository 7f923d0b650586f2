"""What a creator does with real buildpack processes."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_cnb_report.registry.embedded import EmbeddedRegistry

from .lab import Lab

NOBODY = 65534


@pytest.fixture
def lab(registry: EmbeddedRegistry) -> Iterator[Lab]:
    """A lab in a folder that an unprivileged user can reach."""
    with tempfile.TemporaryDirectory(prefix="reference-creator-") as name:
        Path(name).chmod(0o755)
        lab = Lab(registry, Path(name))
        if os.geteuid() == 0:
            lab.env = {"CNB_USER_ID": str(NOBODY), "CNB_GROUP_ID": str(NOBODY)}
        yield lab


def buildpack(
    lab: Lab, name: str, detect: str = "exit 0", build: str = "", api: str = "0.10"
) -> None:
    folder = lab.folder / "buildpacks" / name / "1"
    (folder / "bin").mkdir(parents=True)
    (folder / "buildpack.toml").write_text(
        f'api = "{api}"\n[buildpack]\nid = "{name}"\nversion = "1"\n[[stacks]]\nid = "*"\n'
    )
    for executable, script in (("detect", detect), ("build", build)):
        path = folder / "bin" / executable
        path.write_text(f"#!/bin/sh\nset -eu\n{script}\n")
        path.chmod(0o755)


def order(lab: Lab, *groups: list[str]) -> None:
    """Write order.toml; a name that ends in a question mark is optional."""
    text = ""
    for group in groups:
        text += "[[order]]\n"
        for name in group:
            optional = "true" if name.endswith("?") else "false"
            text += f'[[order.group]]\nid = "{name.rstrip("?")}"\nversion = "1"\n'
            text += f"optional = {optional}\n"
    (lab.folder / "order.toml").write_text(text)


def create(lab: Lab, run_image: str, *images: str, env: dict[str, str] | None = None) -> int:
    lab.build()
    (lab.folder / "platform" / "env").mkdir(parents=True, exist_ok=True)
    first, *more = map(lab.name, images)
    return lab.call(
        "creator",
        *("-layers", str(lab.layers)),
        *("-app", str(lab.folder / "app")),
        *("-platform", str(lab.folder / "platform")),
        *("-buildpacks", str(lab.folder / "buildpacks")),
        *("-order", str(lab.folder / "order.toml")),
        *("-launcher", str(lab.folder / "launcher")),
        *("-report", str(lab.report_path)),
        *lab.lists((run_image,)),
        *(word for name in more for word in ("-tag", name)),
        first,
        env=env,
    )


@pytest.mark.parametrize("api", ["0.7", "0.9", "0.12", "0.15"])
def test_it_builds_and_exports(lab: Lab, api: str) -> None:
    lab.api = api
    run_image = lab.run_image("run/created:1").image
    command = '["serve"]' if lab.uses_run_toml else '"serve"'
    buildpack(
        lab,
        "some",
        build=f"""
mkdir "$1/tools" && echo tool > "$1/tools/tool"
printf '[types]\\nlaunch = true\\n' > "$1/tools.toml"
printf '[[processes]]\\ntype = "web"\\ncommand = {command}\\ndefault = true\\n' > "$1/launch.toml"
printf '[[labels]]\\nkey = "from"\\nvalue = "buildpack"\\n' >> "$1/launch.toml"
id -u > "$1/tools/user"
""",
        api="0.10" if lab.uses_run_toml else "0.8",
    )
    order(lab, ["some"])
    assert create(lab, "run/created:1", "app/created:1", "app/created:2") == 0
    app = lab.image("app/created:1")
    assert lab.image("app/created:2").digest == app.digest
    assert app.config["config"]["Entrypoint"] == ["/cnb/process/web"]
    assert app.labels["from"] == "buildpack"
    assert list(app.metadata["buildpacks"][0]["layers"]) == ["tools"]
    [process] = json.loads(app.labels["io.buildpacks.build.metadata"])["processes"]
    assert process["command"] == (["serve"] if lab.uses_run_toml else "serve")
    assert lab.report()["image"]["tags"] == [lab.name("app/created:1"), lab.name("app/created:2")]
    assert lab.report()["run-image"]["top-layer"] == run_image.layers[-1].diff_id
    user = int((lab.layers / "some" / "tools" / "user").read_text())
    assert user == (NOBODY if os.geteuid() == 0 else os.geteuid())


def test_the_same_build_twice_makes_the_same_image(lab: Lab) -> None:
    lab.run_image("run/same:1")
    buildpack(lab, "some")
    order(lab, ["some"])
    assert create(lab, "run/same:1", "app/same:1") == 0
    first = lab.image("app/same:1").digest
    assert create(lab, "run/same:1", "app/same:1") == 0
    assert lab.image("app/same:1").digest == first


def test_the_first_group_that_detects_is_built_with(lab: Lab) -> None:
    lab.run_image("run/groups:1")
    buildpack(lab, "fails", "exit 100")
    buildpack(lab, "passes")
    order(lab, ["fails", "passes"], ["fails?", "passes"])
    assert create(lab, "run/groups:1", "app/groups:1") == 0
    [only] = lab.image("app/groups:1").metadata["buildpacks"]
    assert only["key"] == "passes"


def test_a_plan_has_to_add_up(lab: Lab) -> None:
    lab.run_image("run/plan:1")
    provide = 'printf \'[[provides]]\\nname = "node"\\n\' > "$2"'
    require = (
        'printf \'[[requires]]\\nname = "node"\\n[requires.metadata]\\nversion = 20\\n\' > "$2"'
    )
    buildpack(lab, "provides", provide, 'cp "$3" "$1/../seen"')
    buildpack(lab, "requires", require)
    order(lab, ["requires", "provides"], ["requires"], ["provides", "requires"])
    assert create(lab, "run/plan:1", "app/plan:1") == 0
    assert len(lab.image("app/plan:1").metadata["buildpacks"]) == 2
    assert "version = 20" in (lab.layers / "seen").read_text()


def test_what_buildpacks_see(lab: Lab) -> None:
    lab.run_image("run/seen:1")
    (lab.folder / "platform" / "env").mkdir(parents=True)
    (lab.folder / "platform" / "env" / "FROM_USER").write_text("x=y")
    buildpack(lab, "some", build='env > "$1/../seen"; pwd >> "$1/../seen"')
    order(lab, ["some"])
    assert create(lab, "run/seen:1", "app/seen:1", env={"CNB_REGISTRY_AUTH": "{}"}) == 0
    seen = (lab.layers / "seen").read_text().splitlines()
    assert "FROM_USER=x=y" in seen
    assert "CNB_TARGET_DISTRO_NAME=acmelinux" in seen
    assert str(lab.folder / "app") in seen
    assert not [line for line in seen if line.startswith("CNB_REGISTRY_AUTH")]


@pytest.mark.parametrize(
    ("detect", "build", "code"),
    [("exit 100", "", 20), ("exit 1", "", 21), ("exit 0", "exit 7", 51)],
)
def test_buildpacks_that_fail(lab: Lab, detect: str, build: str, code: int) -> None:
    lab.run_image("run/failing:1")
    buildpack(lab, "some", detect, build)
    order(lab, ["some"])
    assert create(lab, "run/failing:1", "app/failing:1") == code
    assert not lab.report_path.exists()
    assert lab.registry.get_manifest("app/failing", "1") is None


def test_a_buildpack_that_is_not_there(lab: Lab) -> None:
    lab.run_image("run/absent:1")
    order(lab, ["absent"])
    assert create(lab, "run/absent:1", "app/absent:1") == 22
