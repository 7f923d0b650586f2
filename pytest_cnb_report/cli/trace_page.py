"""The generated page about sentences and what tests them, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pytest_cnb_report.requirements.catalogue import load_catalogue
from pytest_cnb_report.trace.as_markdown import body
from pytest_cnb_report.trace.rows import TracedDocument, load_table
from pytest_cnb_report.trace.view import Coverage, every_edition, view

TRACE = "trace.md"

_INTRODUCTION = """\
<!-- Generated from pytest_cnb_report/trace/rows by \
`python -m pytest_cnb_report.cli.requirements --write docs`; do not edit. -->
# Sentences and what tests them

Each normative sentence of the texts that concerns the tested phases has a row here: it is
**tested** by requirements, **excluded** with a reason, or **not tested yet**; then the
requirements named test a part of it. A row knows its sentence by the fingerprint of its words and
says in other words what it is about. White space, emphasis, where links lead, and the section in
which it stands are no part of the fingerprint. The sentences themselves are shown from a checkout
of their repository:

```sh
cnb-conformance trace --spec ../spec --rfcs ../rfcs --output trace.html
```

The page can be searched, and leads from each sentence to its requirements, their rules, faults,
scenarios and recorded results, and back. `.md` and `.json` hold the same; the first line of the
terminal output has the numbers. Without checkouts it shows what is below.

## In the CI of the specification

`--check` ends with exit code 1, and names file and line, where a sentence that has a row was
changed or removed, and where a normative sentence has none: a new one, or one in a section that
is not in the list at the end of this page. Exit code 2 means that the checkout could not be read.

```yaml
name: Conformance suite
on: pull_request
permissions:
  contents: read
jobs:
  trace:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0 # to show a changed sentence with the words that it had
      - uses: actions/setup-python@v5
        with:
          python-version: "3.13"
      - run: pip install git+https://github.com/buildpacks/pytest-cnb-report
      - run: cnb-conformance trace --spec . --check --output trace.md
      - if: always()
        run: cat trace.md >>"$GITHUB_STEP_SUMMARY"
```

A row tells which requirements a changed sentence concerns; `cnb-conformance whatif` [tells from
recorded runs](evaluate-a-change.md) whose verdicts would change with a reading, a level or a field.
Both speak of what is tested: that nothing flips says nothing of a sentence that no requirement
tests.

On GitHub each finding also stands beside its line of the pull request. With `continue-on-error:
true` at the job it informs and blocks nothing.

The platform API is the one that the text states. A text that is exactly a release is taken for
that release, because the releases 0.8 and 0.13 state another API; `--platform-api` overrides
both. A text for an API that has no rows yet is compared with the newest that has.

## When a text changes

```sh
python -m pytest_cnb_report.trace.update --spec ../spec --platform-api 0.17
```

adds the platform API to the row of each sentence that stands, and a row for each new one, at its
place. Such a row is about `?`, which a test refuses, until somebody has read the sentence and
filled in duty, status, requirements and note. `--cite WORDS` adds a row for a sentence that is
not normative but that a requirement rests on.

"""


def trace_page() -> str:
    """Return the page: how it is used, the numbers of every edition, and every row."""
    table = load_table()
    lines = [
        "## Numbers",
        "",
        "| document | tested | not tested yet | of these in part | excluded | sentences |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {name} | {each.tested} | {each.open} | {each.in_part} | {each.excluded} |"
        f" {each.total} |"
        for name, each in _numbers(table).items()
    ]
    every = every_edition(table)
    return (
        "\n".join((_INTRODUCTION.rstrip(), "", *lines, "", *body(every, "requirements.md"))) + "\n"
    )


def sentences_by_requirement() -> Mapping[str, tuple[str, ...]]:
    """Return links to the sentences of each requirement, in Markdown, by its identifier."""
    return {
        name: tuple(
            f"[{document.name}, {each.row.section}: {each.row.about}]({TRACE}#{each.id})"
            + (" (in part)" if each.in_part else "")
            for document, each in sentences
        )
        for name, sentences in every_edition(load_table()).sentences_of.items()
    }


def _numbers(table: tuple[TracedDocument, ...]) -> Mapping[str, Coverage]:
    return dict(_each_edition(table))


def _each_edition(table: tuple[TracedDocument, ...]) -> Iterator[tuple[str, Coverage]]:
    catalogue = load_catalogue()
    for document in table:
        for api in document.apis or (None,):
            latest = api or table[0].apis[-1]
            shown = view((document,), catalogue, api=api, latest=latest, folders={})
            yield shown.documents[0].name, shown.documents[0].coverage
