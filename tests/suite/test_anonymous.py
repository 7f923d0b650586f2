"""Nothing that a lifecycle sees says that it is judged, or what it is asked about."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_cnb_report.drive.cases import Case
from pytest_cnb_report.drive.drawn_names import NameSource, distinct_word
from pytest_cnb_report.lifecycles.kinds import KINDS
from pytest_cnb_report.options import OPTIONS
from pytest_cnb_report.planning.context import RunContext, prepare
from pytest_cnb_report.planning.plan import Scenario, all_cases
from pytest_cnb_report.planning.session import JudgingSession
from pytest_cnb_report.planning.settings import read_settings
from pytest_cnb_report.plausible_words import WORDS
from pytest_cnb_report.requirements.texts import load_text
from pytest_cnb_report.values import Profile

SPY = """\
#!{python} -I
import json, os, pathlib, subprocess, sys, urllib.request

def content(path):
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""

home = pathlib.Path.cwd()
seen = {{
    "words": sys.argv[1:],
    "variables": dict(os.environ),
    "folder": str(home),
    "files": {{str(path): content(path) for path in home.rglob("*")}},
    "beside": os.listdir(home.parent),
    "images": {{}},
}}

def get(url):
    accept = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json," \\
        " application/vnd.docker.distribution.manifest.list.v2+json," \\
        " application/vnd.docker.distribution.manifest.v2+json"
    request = urllib.request.Request(url, headers={{"Accept": accept}})
    with urllib.request.urlopen(request) as answer:
        return dict(answer.headers), answer.read()

def look(name):
    host, _, rest = name.partition("/")
    repository, _, tag = rest.partition("@")[0].rpartition(":")
    if not repository:
        return
    place = f"http://{{host}}/v2/{{repository}}"
    try:
        headers, manifest = get(f"{{place}}/manifests/{{tag}}")
        config = json.loads(manifest)["config"]["digest"]
        found = [str(headers), manifest.decode(), get(f"{{place}}/blobs/{{config}}")[1].decode()]
        seen["images"][name] = found
        import gzip, tarfile, io
        for layer in json.loads(manifest)["layers"]:
            blob = get(f"{{place}}/blobs/{{layer['digest']}}")[1]
            with tarfile.open(fileobj=io.BytesIO(blob)) as tar:
                for each in tar:
                    found.append(each.name)
                    if each.isfile():
                        found.append(tar.extractfile(each).read().decode(errors="replace"))
    except (OSError, KeyError, ValueError, tarfile.TarError):
        pass

import tarfile
known = [word for word in sys.argv[1:] if ":" in word and word.partition("/")[0].count(":")]
for text in list(seen["files"].values()):
    known += [word.strip('"') for word in text.replace(",", " ").replace("[", " ").split()
              if word.strip('"').startswith("127.0.0.1:")]
for name in dict.fromkeys(known):
    look(name.rstrip("]").strip('"'))
with open({log!r}, "a") as log:
    log.write(json.dumps(seen) + "\\n")
os.execv({python!r}, [{python!r}, "-m", "pytest_cnb_report.reference", {phase!r}, *sys.argv[1:]])
"""

REVEALING = (
    *("cnb", "conformance", "pytest", "scenario", "case", "suite", "xdist", "gw0"),
    *("old", "new", "first", "second", "decoy", "other", "listed", "mirror", "unlisted"),
    *("rebased", "stale", "kept", "removed", "elsewhere"),
)
SPECIFIED = re.compile(
    r"CNB_[A-Z_]+|/cnb(?=/)|io\.buildpacks\.[a-z.]+|mirrors|-previous-image"
    r"|vnd\.[a-z0-9.+-]+|application/[a-z.+-]+"
)
"""What specifications and the lifecycle itself say, and a lifecycle may therefore read."""

SCENARIOS = (
    *("exporter-plain", "exporter-several-tags", "exporter-second-entry", "exporter-unlisted"),
    *("exporter-report-flag-over-environment", "creator-plain"),
    *("rebaser-plain", "rebaser-mirror", "rebaser-several-images", "rebaser-new-name"),
    *("rebaser-forced-unlisted", "rebaser-repeated", "rebaser-run-image-flag-over-environment"),
    *("rebaser-default-run-image-mirror", "rebaser-same-run-image"),
)


def cases() -> list[Case]:
    found = {f"{case.phase.value}-{case.name}": case for case in all_cases()}
    return [found[name] for name in SCENARIOS]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[dict[str, object]]]:
    """Everything that a lifecycle sees in some scenarios, one value for each call."""
    folder = tmp_path_factory.mktemp("lifecycle")
    log = folder / "log"
    for phase in ("analyzer", "exporter", "creator", "rebaser"):
        script = folder / phase
        script.write_text(SPY.format(python=sys.executable, log=str(log), phase=phase))
        script.chmod(0o755)
    yield [json.loads(line) for line in log.read_text().splitlines()]
