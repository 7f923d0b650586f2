"""The site: links out of `docs`, identifiers that are not broken, the picture of a terminal."""

from __future__ import annotations

import re
import sys
from xml.etree import ElementTree

import pytest

from .files import CHECKOUT

sys.path.append(str(CHECKOUT))  # behind all that is installed

from website.identifiers import marked
from website.links import REPOSITORY, outward, reports_outward
from website.terminal_picture import COLUMNS, WIDTH, picture

LINK = re.compile(r'href="(?![a-z]+:|#)([^"]+)"')
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    ("page", "link", "leads_to"),
    [
        ("ci.md", "../CONTRIBUTING.md#commits", f"{REPOSITORY}/blob/main/CONTRIBUTING.md#commits"),
        ("ci.md", "../examples/adapters", f"{REPOSITORY}/tree/main/examples/adapters"),
        ("results/README.md", "platforms", f"{REPOSITORY}/tree/main/docs/results/platforms"),
        ("ci.md", "reports.md#verdict", "reports.md#verdict"),
        ("ci.md", "../no/such.md", "../no/such.md"),
        ("ci.md", "#here", "#here"),
        ("ci.md", "https://example.com/a", "https://example.com/a"),
    ],
)
def test_where_a_link_leads(page: str, link: str, leads_to: str) -> None:
    assert outward(f"[x]({link})", page, {"reports.md"}) == f"[x]({leads_to})"


@pytest.mark.parametrize("code", ["`[x](../README.md)`", "```sh\n[x](../README.md)\n```"])
def test_code_is_left_as_it_is(code: str) -> None:
    assert outward(f"a\n\n{code}\n", "ci.md", set()) == f"a\n\n{code}\n"


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("<code>rfc-0129-draft</code>", '<code class="whole">rfc-0129-draft</code>'),
        ("<code>/cnb/lifecycle</code>", '<code class="whole">/cnb/lifecycle</code>'),
        (
            "<code>tests/cli/test_output_folder.py::test_it</code>",
            "<code>tests/<wbr>cli/<wbr>test_<wbr>output_<wbr>folder.py::<wbr>test_<wbr>it</code>",
        ),
        ("<code>run --quick</code>", "<code>run --quick</code>"),
        ("<code><span>a-b</span></code>", "<code><span>a-b</span></code>"),
    ],
)
def test_where_an_identifier_may_break(code: str, shown: str) -> None:
    assert marked(code) == shown


def test_every_link_of_the_matrix_leads_somewhere() -> None:
    results = CHECKOUT / "docs" / "results"
    published = (results / "matrix.html").read_text("utf-8")
    beside = set(LINK.findall(published))
    assert len(beside) > 50
    assert [link for link in beside if not (results / link).is_file()] == []
    on_site = reports_outward(published)
    assert LINK.findall(on_site) == []
    assert all(f'"{REPOSITORY}/blob/main/docs/results/{link}"' in on_site for link in beside)


def test_a_picture_has_the_last_screen_with_its_colours() -> None:
    shown = "1 of 2\r2 of 2\r\n" + "first\r\n" * 23 + "\x1b[31m\x1b[1m✗ a<b\x1b[0m  rest\r\n"
    texts = [*ElementTree.fromstring(picture(shown, title="x")).iter(f"{SVG}text")]  # noqa: S314
    assert len(texts) == 25
    failed, rest = texts[-2:]
    assert (failed.text, rest.text) == ("✗ a<b", "  rest")
    assert failed.get("font-weight") == "bold"
    assert rest.get("style") is None
    assert float(rest.get("x", 0)) - float(failed.get("x", 0)) == pytest.approx(5 * WIDTH)


def test_the_picture_of_the_readme_fits_a_screen() -> None:
    text = (CHECKOUT / "docs" / "pictures" / "end-of-a-run.svg").read_text("utf-8")
    texts = [*ElementTree.fromstring(text).iter(f"{SVG}text")]  # noqa: S314 - our own
    assert any("not conformant" in (each.text or "") for each in texts)
    assert all(len(each.text or "") <= COLUMNS for each in texts)
