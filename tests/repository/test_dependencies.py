"""What the files of pinned dependencies promise: every lower bound, and a whole installation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata

import pytest
import tomli
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .files import text

PYTHONS = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', text("pyproject.toml"))


def project() -> dict[str, list[str]]:
    """Return the dependencies of the package, by extra; its own are under the empty name."""
    declared = tomli.loads(text("pyproject.toml"))["project"]
    return {"": declared["dependencies"], **declared["optional-dependencies"]}


def pinned(file: str) -> list[Requirement]:
    lines = (line.strip() for line in text(file).splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def test_the_oldest_dependencies_are_the_lower_bounds() -> None:
    declared = project()
    bounds = set()
    for line in (*declared[""], *declared["containers"], *declared["test"]):
        requirement = Requirement(line)
        (bound,) = requirement.specifier
        assert bound.operator == ">=", line
        bounds.add(f"{canonicalize_name(requirement.name)}=={bound.version}")
    assert {str(each) for each in pinned(".ci/lowest.txt")} == bounds


def test_the_build_needs_no_more_than_the_tests_declare() -> None:
    build = tomli.loads(text("pyproject.toml"))["build-system"]["requires"]
    assert set(build) <= set(project()["test"])


def environment(python: str) -> dict[str, str]:
    return {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
    }


def needed(requirement: Requirement, python: str) -> Iterator[Requirement]:
    """Yield what a requirement takes on a version of Python, as what is installed here declares it.

    Backports are not installed on a Python that does not need them, and need nothing themselves.
    """
    try:
        declared = metadata.requires(requirement.name) or []
    except metadata.PackageNotFoundError:
        return
    for each in map(Requirement, declared):
        extras = requirement.extras or {""}
        if each.marker is None or any(
            each.marker.evaluate({**environment(python), "extra": extra}) for extra in extras
        ):
            yield each


@pytest.mark.parametrize("python", PYTHONS)
def test_the_constraints_are_whole_on_each_python(python: str) -> None:
    versions: dict[str, str] = {}
    for pin in pinned("constraints.txt"):
        if pin.marker is None or pin.marker.evaluate(environment(python)):
            (exactly,) = pin.specifier
            assert exactly.operator == "==", pin
            assert canonicalize_name(pin.name) not in versions, f"{pin.name} is there twice"
            versions[canonicalize_name(pin.name)] = exactly.version
    declared = project()
    build = tomli.loads(text("pyproject.toml"))["build-system"]["requires"]
    waiting = [Requirement(line) for line in (*declared[""], *declared["containers"], *build)]
    seen: set[str] = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        assert name in versions, f"{requirement.name} is not in constraints.txt: make it anew"
        assert requirement.specifier.contains(versions[name], prereleases=True), requirement
        if str(requirement) not in seen:
            seen.add(str(requirement))
            waiting += needed(requirement, python)
    assert set(versions) == {canonicalize_name(Requirement(each).name) for each in seen}
