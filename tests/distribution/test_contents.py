"""What is in the wheel and in the sdist, and what their metadata promises."""

from __future__ import annotations

import ast
import re
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser
from importlib import metadata
from pathlib import Path

import pytest

from .conftest import CHECKOUT, Distributions

PLUGINS_ALLOWED = {"hypothesis", "pytest-cnb-report", "pytest-xdist"}


@pytest.fixture(scope="session")
def names(distributions: Distributions) -> set[str]:
    """Every file of the wheel."""
    with zipfile.ZipFile(distributions.wheel) as wheel:
        return set(wheel.namelist())


@pytest.fixture(scope="session")
def headers(distributions: Distributions) -> Message:
    """The metadata that a package index shows."""
    with zipfile.ZipFile(distributions.wheel) as wheel:
        (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        return HeaderParser().parsestr(wheel.read(name).decode())


def within(distributions: Distributions, folder: str) -> set[str]:
    """Every file of a folder of the checkout, by its path in that folder.

    But for bytecode: an editable installation of the same tree runs from it meanwhile.
    """
    root = distributions.tree / folder
    return {
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def test_one_top_level_package(names: set[str]) -> None:
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {
        "pytest_cnb_report"
    }


@pytest.mark.parametrize(
    ("folder", "place"),
    [
        ("pytest_cnb_report", "pytest_cnb_report"),
        ("conformance", "pytest_cnb_report/conformance"),
        ("fixtures", "pytest_cnb_report/fixtures"),
    ],
)
def test_everything_in_the_package_and_nothing_else(
    distributions: Distributions, names: set[str], folder: str, place: str
) -> None:
    packed = {name.removeprefix(f"{place}/") for name in names if name.startswith(f"{place}/")}
    if folder == "pytest_cnb_report":
        packed = {name for name in packed if not name.startswith(("conformance/", "fixtures/"))}
    # recorded observations are for the tests alone
    recorded = {name for name in within(distributions, folder) if name.startswith("observations/")}
    assert bool(recorded) == (folder == "fixtures")
    assert packed == within(distributions, folder) - recorded


@pytest.mark.parametrize(
    "name",
    [
        "py.typed",
        "cli/pytest.ini",
        "requirements/readings.toml",
        "requirements/export/requirements.toml",
        "requirements/profiles/platform-spec.toml",
        "report/schema.json",
        "report/whatif-schema.json",
        "report/templates/report.html.j2",
        "conformance/test_rebaser.py",
        "fixtures/reports/README.md",
        "fixtures/reports/vector.schema.json",
    ],
)
def test_what_is_no_python_is_there_too(names: set[str], name: str) -> None:
    assert f"pytest_cnb_report/{name}" in names


def test_the_sdist_has_what_the_tests_need(distributions: Distributions) -> None:
    with tarfile.open(distributions.sdist) as sdist:
        packed = {name.partition("/")[2] for name in sdist.getnames()}
    for name in (
        *("LICENSE", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"),
        *("pyproject.toml", "tox.ini", "mkdocs.yml", ".pre-commit-config.yaml", ".editorconfig"),
        *("action.yml", "constraints.txt", "setup.py", "Dockerfile", ".dockerignore"),
    ):
        assert name in packed, name
    for folder in (
        "tests",
        "docs",
        "benchmarks",
        "conformance",
        "fixtures",
        "examples",
        ".ci",
        ".github",
        "tekton",
        "templates",
        "website",
    ):
        missing = {f"{folder}/{name}" for name in within(distributions, folder)} - packed
        assert missing == set(), folder


def test_the_metadata(headers: Message) -> None:
    assert headers["Name"] == "pytest-cnb-report"
    assert headers["Requires-Python"] == ">=3.10"
    assert headers["License-Expression"] == "Apache-2.0"
    assert headers["Description-Content-Type"] == "text/markdown"
    assert "Framework :: Pytest" in headers.get_all("Classifier", [])
    assert headers.get_all("Project-URL")


def test_every_link_of_the_description_leads_somewhere_from_the_index(headers: Message) -> None:
    body = str(headers.get_payload())
    assert body.startswith("# pytest-cnb-report")
    links = re.findall(r"(!?)\[[^]]*\]\(([^)\s]+)\)", body)
    version = f"buildpacks/pytest-cnb-report/{{}}v{headers['Version']}/"
    files = "https://github.com/" + version.format("blob/")
    pictures = "https://raw.githubusercontent.com/" + version.format("")  # blob/ is a page
    for is_picture, link in links:
        assert link.startswith(("https://", "#")), link
        assert link.startswith(pictures) or not is_picture, link
        for place in (files, pictures):
            if link.startswith(place):
                path = link.removeprefix(place).partition("#")[0]
                assert (CHECKOUT / path).exists(), link
    for place in (files, pictures):
        assert any(link.startswith(place) for _, link in links)


def test_entry_points(distributions: Distributions) -> None:
    with zipfile.ZipFile(distributions.wheel) as wheel:
        (name,) = (n for n in wheel.namelist() if n.endswith(".dist-info/entry_points.txt"))
        text = wheel.read(name).decode()
    assert text.split("\n\n")[0].splitlines() == [
        "[console_scripts]",
        "cnb-conformance = pytest_cnb_report.cli.start:start",
    ]
    assert text.split("\n\n")[1].splitlines() == [
        "[pytest11]",
        "cnb-report = pytest_cnb_report.plugin",
    ]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def required(headers: Message, *, extra: str | None = None) -> set[str]:
    """The distributions that the wheel requires, with those of one extra."""
    found = set()
    for line in map(str, headers.get_all("Requires-Dist", [])):
        of = re.search(r"extra == [\"']([\w-]+)[\"']", line)
        if of is None or of[1] == extra:
            found.add(canonical(re.split(r"[\s\[<>=!~;]", line)[0]))
    return found


def imported(folder: Path) -> Iterator[tuple[str, str]]:
    """Each top-level module that a package imports, with the file that does."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules = [node.module]
            for module in modules:
                yield module.partition(".")[0], str(path.relative_to(CHECKOUT))


def test_everything_that_is_imported_is_required(headers: Message) -> None:
    providers = metadata.packages_distributions()
    wanted = required(headers, extra="containers")
    for folder in ("pytest_cnb_report", "conformance", "fixtures"):
        for module, file in imported(CHECKOUT / folder):
            if module in sys.stdlib_module_names or module == "pytest_cnb_report":
                continue
            provided_by = {canonical(name) for name in providers[module]}
            assert provided_by & wanted, f"{file} imports {module}"


def test_the_extras(headers: Message) -> None:
    assert set(headers.get_all("Provides-Extra", [])) == {
        *("containers", "dev", "lint", "test", "types")
    }
    assert required(headers, extra="dev") - required(headers) == {
        *("pre-commit", "pytest-cnb-report", "tox")
    }
    (itself,) = (
        line
        for line in map(str, headers.get_all("Requires-Dist", []))
        if line.startswith("pytest-cnb-report")
    )
    assert itself.startswith("pytest-cnb-report[containers,lint,test,types]")


def test_everything_that_is_required_is_imported(headers: Message) -> None:
    providers = metadata.packages_distributions()
    modules = {module for module, _ in imported(CHECKOUT / "pytest_cnb_report")}
    used = {canonical(name) for module in modules for name in providers.get(module, [])}
    indirectly = {"pytest-xdist"}  # a plugin of pytest's, loaded by its entry point
    assert required(headers) - used - indirectly == set()


def test_no_dependency_but_two_is_a_plugin_for_pytest(headers: Message) -> None:
    found: set[str] = set()
    waiting = required(headers)
    while waiting:
        name = waiting.pop()
        found.add(name)
        for line in metadata.requires(name) or []:
            if "extra ==" not in line:
                further = canonical(re.split(r"[\s\[<>=!~;(]", line)[0])
                try:
                    metadata.distribution(further)
                except metadata.PackageNotFoundError:
                    continue  # for another system or another Python
                waiting |= {further} - found
    plugins = {
        name
        for name in found
        if any(point.group == "pytest11" for point in metadata.distribution(name).entry_points)
    }
    assert plugins <= PLUGINS_ALLOWED
