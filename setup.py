"""The description for the package index: README.md with links that work there.

Everything else is in pyproject.toml.
"""

import re
from pathlib import Path

from setuptools import setup

_HERE = Path(__file__).parent
_LOCAL_LINK = re.compile(r"(!?)(\[[^]]*\])\((?![a-z][a-z0-9+.-]*:|#)([^)\s]+)\)")


def description() -> str:
    """Return README.md, with links to files of this version instead of relative ones."""
    version = (_HERE / "pytest_cnb_report" / "version.py").read_text(encoding="utf-8")
    (number,) = re.findall(r'^VERSION = "(.+)"$', version, re.MULTILINE)
    repository = "buildpacks/pytest-cnb-report"
    files = f"https://github.com/{repository}/blob/v{number}"
    pictures = f"https://raw.githubusercontent.com/{repository}/v{number}"

    def absolute(link: re.Match[str]) -> str:
        return f"{link[1]}{link[2]}({pictures if link[1] else files}/{link[3]})"

    return _LOCAL_LINK.sub(absolute, (_HERE / "README.md").read_text(encoding="utf-8"))


setup(long_description=description(), long_description_content_type="text/markdown")
