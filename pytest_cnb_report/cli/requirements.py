"""`cnb-conformance requirements`: the catalogue as a table, as JSON and as Markdown.

`python -m pytest_cnb_report.cli.requirements --write docs` writes the pages that are generated from
the catalogue, the register of open questions, the space of scenarios, the table of sentences, the
options and the schema of report.json.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pytest_cnb_report.cli.docs_generator import open_questions_page, requirements_page
from pytest_cnb_report.cli.every_scenario_page import every_scenario_pages
from pytest_cnb_report.cli.options_page import PAGE as OPTIONS
from pytest_cnb_report.cli.options_page import options_page
from pytest_cnb_report.cli.report_schema_page import REPORT_SCHEMA, report_schema_page
from pytest_cnb_report.cli.results_files import by_number
from pytest_cnb_report.cli.scenarios_page import SCENARIOS, scenarios_page
from pytest_cnb_report.cli.trace_page import TRACE, sentences_by_requirement, trace_page
from pytest_cnb_report.drive.process import usable_cores
from pytest_cnb_report.record.codec import RecordError
from pytest_cnb_report.record.file import NAME as RECORD
from pytest_cnb_report.report.experiments import FILE as EXPERIMENTS
from pytest_cnb_report.report.experiments import dumps
from pytest_cnb_report.report.experiments import read as read_experiments
from pytest_cnb_report.requirements.amendment_file import AmendmentError
from pytest_cnb_report.requirements.catalogue import Requirement, load_catalogue
from pytest_cnb_report.requirements.interpretations import load_register
from pytest_cnb_report.values import Phase, Profile, Target

_LETTERS = {Phase.EXPORTER: "E", Phase.CREATOR: "C", Phase.REBASER: "B"}
_TARGETS = {Target.REGISTRY: "reg", Target.DAEMON: "dmn"}
_PROFILES = {Profile.RFC_0129_DRAFT: "D", Profile.RFC_0129: "A", Profile.PLATFORM_SPEC: "P"}
_LEGEND = """\
LEVEL     * derived: the source says it in prose, without the keyword
PHASES    E exporter, C creator, B rebaser
TARGETS   reg OCI registry, dmn Docker daemon
SINCE     the first platform API that asks for it
PROFILES  D rfc-0129-draft, A rfc-0129, P platform-spec
"""

CHANGES = "changes"
"""The folder of examples of changes of the text, each with the page of what the records answer."""

Row = tuple[str, str, str, str, str, str, str]


def requirements_table(width: int = 80) -> str:
    """Return one line for each requirement, with its title where `width` has room for it."""
    rows: list[Row] = [("REQUIREMENT", "LEVEL", "PHASES", "TARGETS", "SINCE", "PROFILES", "WHAT")]
    rows += [_row(requirement) for requirement in load_catalogue()]
    columns = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    narrow = 2 * (len(columns) - 2) + sum(columns[:-1])
    shown = len(columns) if width >= narrow + 2 + columns[-1] else len(columns) - 1
    lines = (
        "  ".join(cell.ljust(columns[n]) for n, cell in enumerate(row[:shown])).rstrip()
        for row in rows
    )
    return "\n".join(lines) + "\n\n" + _LEGEND


def requirements_json() -> str:
    """Return the catalogue as a JSON array with one object for each requirement."""
    objects = [_as_object(requirement) for requirement in load_catalogue()]
    return json.dumps(objects, indent=2, ensure_ascii=False) + "\n"


def requirements_markdown() -> str:
    """Return the page that `docs/requirements.md` holds."""
    return requirements_page(load_catalogue(), load_register(), sentences_by_requirement())


def open_questions_markdown(results: Path | None = None) -> str:
    """Return the page that `docs/open-questions.md` holds.

    `results` is the folder of published results; what their records say is read from its file.
    """
    recorded = {} if results is None else read_experiments(results / EXPERIMENTS)
    return open_questions_page(load_catalogue(), load_register(), recorded)


def _row(requirement: Requirement) -> Row:
    return (
        requirement.id,
        requirement.level.value + ("*" if requirement.derived else ""),
        _marks(_LETTERS[phase] if phase in requirement.phases else " " for phase in _LETTERS),
        _marks(_TARGETS[target] if target in requirement.targets else "   " for target in _TARGETS),
        str(requirement.since or ""),
        _marks(_PROFILES[p] if p in requirement.profiles else " " for p in _PROFILES),
        requirement.title,
    )


def _marks(marks: Iterable[str]) -> str:
    return " ".join(marks).rstrip()


def _as_object(requirement: Requirement) -> dict[str, object]:
    return {
        "id": requirement.id,
        "level": requirement.level.value,
        "derived": requirement.derived,
        "area": requirement.area,
        "title": requirement.title,
        "text": requirement.text,
        "phases": [phase.value for phase in requirement.phases],
        "targets": [target.value for target in requirement.targets],
        "since": None if requirement.since is None else str(requirement.since),
        "profiles": [profile.value for profile in requirement.profiles],
        "condition": requirement.condition,
        "source": "; ".join(str(source) for source in requirement.sources),
        "sources": [
            {
                "document": source.document.name,
                "section": source.section,
                "revision": source.document.revision,
                "url": source.link,
            }
            for source in requirement.sources
        ],
        "readings": list(requirement.readings),
        "hint": requirement.hint,
    }


def write_pages(folder: Path) -> tuple[Path, ...]:
    """Write the generated pages into `folder` and return their paths.

    Where there are published records in `folder`, every open question is tried on them first, and
    every change of the text in `folder/changes`. Raises RecordError and AmendmentError.
    """
    from pytest_cnb_report.cli.adapter_calls import GUIDE, PROTOCOL, filled  # noqa: PLC0415

    # first, since this one alone can find something wrong in what is there
    guides = {
        name: filled(name, (folder / name).read_text("utf-8"))
        for name in (PROTOCOL, GUIDE)
        if (folder / name).exists()
    }
    results = folder / "results"
    records = sorted(results.glob(f"*/{RECORD}"), key=lambda found: by_number(found.parent.name))
    asked = _ask_records(records, results, folder / CHANGES) if records else {}
    pages = {
        "requirements.md": requirements_markdown(),
        "open-questions.md": open_questions_markdown(results),
        SCENARIOS: scenarios_page(),
        **every_scenario_pages(),
        REPORT_SCHEMA: report_schema_page(),
        OPTIONS: options_page(),
        **asked,
        TRACE: trace_page(),
        **guides,
    }
    for name, text in pages.items():
        if "/" in name:
            (folder / name).parent.mkdir(exist_ok=True)
        folder.joinpath(name).write_text(text, encoding="utf-8")
    return tuple(folder / name for name in pages)


def _ask_records(records: Sequence[Path], results: Path, changes: Path) -> Mapping[str, str]:
    """Try every open question on records, and return the pages of the changes of the text."""
    from pytest_cnb_report.planning.experiments import experiments  # noqa: PLC0415
    from pytest_cnb_report.planning.whatif_records import what_if  # noqa: PLC0415
    from pytest_cnb_report.report.whatif_markdown import markdown  # noqa: PLC0415
    from pytest_cnb_report.requirements.amendment_file import read_amendment  # noqa: PLC0415

    workers = usable_cores()
    found = experiments(records, workers=workers)
    (results / EXPERIMENTS).write_text(dumps(found), encoding="utf-8")
    answers = {
        path: what_if(records, read_amendment(path), None, workers=workers)
        for path in sorted(changes.glob("*.toml"))
    }
    return {f"{CHANGES}/{path.stem}.md": markdown(answer) for path, answer in answers.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the generated pages; the exit code is 0, or 2 where the folder cannot be written."""
    parser = argparse.ArgumentParser(
        prog="python -m pytest_cnb_report.cli.requirements",
        description="Write the pages that are generated from requirements and scenarios.",
    )
    parser.add_argument("--write", metavar="FOLDER", type=Path, required=True)
    folder: Path = parser.parse_args(arguments).write
    try:
        written = write_pages(folder)
    except (RecordError, AmendmentError) as problem:
        parser.error(str(problem))
    except OSError as problem:
        parser.error(f"cannot write {problem.filename or folder}: {problem.strerror}")
    print(*written, sep="\n")  # noqa: T201 - what a command line prints
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
