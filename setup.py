"""The description for the package index: README.md with links that lead somewhere from there.

All else is in pyproject.toml.
"""

import re
from pathlib import Path

from setuptools import setup

_HERE = Path(__file__).parent
_LOCAL_LINK = re.compile(r"\]\((?![a-z][a-z0-9+.-]*:|#)([^)\s]+)\)")


def description() -> str:
    """Return README.md, with links to files of this version instead of relative ones."""
    version = (_HERE / "pytest_cnb_report" / "version.py").read_text(encoding="utf-8")
    (number,) = re.findall(r'^VERSION = "(.+)"$', version, re.MULTILINE)
    files = f"https://github.com/buildpacks/pytest-cnb-report/blob/v{number}"
    readme = (_HERE / "README.md").read_text(encoding="utf-8")
    return _LOCAL_LINK.sub(rf"]({files}/\1)", readme)


setup(long_description=description(), long_description_content_type="text/markdown")
