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

For maintainers of the specification: each normative sentence about the tested phases, and what
tests it. A sentence is **tested** by requirements, **excluded** with a reason, or **not tested
yet**; in that case the requirements named, if any, test a part of it. A row identifies its sentence
by a fingerprint of the words and says in other words what it is about. White space, emphasis, link
addresses and the section are not part of the fingerprint. To see the sentences, name a checkout of
each repository:

```sh
cnb-conformance trace --spec ../spec --rfcs ../rfcs --output trace.html
```

The page has a search and links each sentence to its requirements, their rules, faults, scenarios
and recorded results, and back. `.md` and `.json` hold the same; the first line of the terminal
output has the numbers. Without checkouts the page shows what is below.

## In the CI of the specification

`--check` ends with exit code 1, and names file and line, if a sentence that has a row was changed
or removed, or if a normative sentence has no row: a new one, or one in a section that is not in
the list at the end of this page. Exit code 2 means that the checkout could not be read.

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
          fetch-depth: 0 # to show the earlier words of a changed sentence
      - uses: actions/setup-python@v5
        with:
          python-version: "3.13"
      - run: pip install git+https://github.com/buildpacks/pytest-cnb-report
      - run: cnb-conformance trace --spec . --check --output trace.md
      - if: always()
        run: cat trace.md >>"$GITHUB_STEP_SUMMARY"
```

A row shows which requirements a changed sentence concerns; `cnb-conformance whatif`
[shows from recorded runs](evaluate-a-change.md) which results would change with an interpretation,
a level or a field. Both are about what is tested: if no result changes, that says nothing about a
sentence that no requirement tests.

On GitHub each finding also appears at its line of the pull request. With `continue-on-error: true`
in the job, findings are shown but block nothing.

The platform API is the one that the text states. A text that is exactly a release counts as that
release, because the releases 0.8 and 0.13 state another API; `--platform-api` overrides both. A
text for an API that has no rows yet is compared with the newest one that has.

## When a text changes

```sh
python -m pytest_cnb_report.trace.update --spec ../spec --platform-api 0.17
```

adds the platform API to the row of each sentence that is unchanged, and inserts a row for each new
one, in the order of the text. A new row has `?` instead of words, which a test rejects: read the
sentence, then fill in words, duty, status, requirements and note. `--cite
WORDS` adds a row for a sentence that is not normative but that a requirement is based on.

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
