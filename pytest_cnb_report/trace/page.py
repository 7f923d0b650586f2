"""The table as one HTML page that needs nothing else: to search, and to follow both ways."""

from __future__ import annotations

import jinja2

from pytest_cnb_report.report.outcome_symbols import SIGNS
from pytest_cnb_report.trace.as_markdown import QUESTIONS, REQUIREMENTS
from pytest_cnb_report.trace.as_text import notes, tested_by, what
from pytest_cnb_report.trace.behind import judged_by_text
from pytest_cnb_report.trace.rows import Status, write_apis
from pytest_cnb_report.trace.view import View


def page(view: View, requirements: str = REQUIREMENTS) -> str:
    """Write the page; `requirements` is the address of the page of requirements."""
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [
                jinja2.PackageLoader("pytest_cnb_report.trace"),
                jinja2.PackageLoader("pytest_cnb_report.report"),
            ]
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        signs=SIGNS, notes=notes, what=what, tested_by=tested_by, judged_by_text=judged_by_text
    )
    environment.filters.update(apis=write_apis)
    return environment.get_template("trace.html.j2").render(
        view=view,
        sentences_of=view.sentences_of,
        statuses=list(Status),
        requirements_page=requirements,
        questions_page=QUESTIONS,
    )
