"""The options of the suite, declared once for pytest, ini, environment and console script.

A value comes from the command line, else from `CNB_CONFORMANCE_X`, else from the ini file
(`cnb_x`), else from the default here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

ENVIRONMENT_PREFIX = "CNB_CONFORMANCE_"

Value = str | bool | None

_USER = re.compile(r"//[^/\s]*@")


class OptionError(ValueError):
    """An option has a value that it cannot have; the message says which and what it can have."""


@dataclass(frozen=True)
class Option:
    """One option: `--x` of the console script, `--cnb-x` of pytest, ini `cnb_x`."""

    name: str
    help: str
    default: str | None = None
    flag: bool = False
    metavar: str | None = None
    many: bool = False
    """It may be given more than once; the values are joined with commas."""

    @property
    def attribute(self) -> str:
        """The name of the option as an attribute and an ini key."""
        return "cnb_" + self.name.replace("-", "_")

    @property
    def help_for_pytest(self) -> str:
        """The help with other options as pytest spells them: `--cnb-x`."""
        return self.help.replace("`--", "`--cnb-")

    @property
    def variable(self) -> str:
        """The environment variable that stands for the option."""
        return ENVIRONMENT_PREFIX + self.name.replace("-", "_").upper()


OPTIONS: tuple[Option, ...] = (
    Option(
        "lifecycle",
        "the lifecycle to test: a directory of phase executables, a multiplexed lifecycle binary,"
        " a release archive (`FILE.tgz`), `image:REF`, `container:REF`, `command:CMD`, `reference`"
        " or `reference:FAULT` (default: `/cnb/lifecycle` where it exists, else `reference`)",
        metavar="WHAT",
    ),
    Option(
        "platform-api",
        "the platform API to test with, 0.7 to 0.16; 0.16 is not published yet (default: the newest"
        " published one that the lifecycle supports)",
        metavar="X.Y",
    ),
    Option(
        "profile",
        "the text that defines the report's run image fields: `rfc-0129-draft` (default),"
        " `rfc-0129` (as approved) or `platform-spec` (the published specification alone)",
        default="rfc-0129-draft",
        metavar="NAME",
    ),
    Option(
        "amend",
        "a TOML file that changes the text: interpretations, levels, platform APIs or fields",
        metavar="FILE",
    ),
    Option(
        "target",
        "where images are stored: `auto` (registry, and a Docker daemon if one answers; default),"
        " `registry`, `daemon` or `registry,daemon`",
        default="auto",
        metavar="LIST",
    ),
    Option(
        "registry",
        "the registry to use: `embedded` (default), `container`, `process` or `http://HOST:PORT`",
        default="embedded",
        metavar="WHICH",
    ),
    Option(
        "pass-credentials",
        "pass your credentials for `--registry` to the lifecycle, in `CNB_REGISTRY_AUTH`",
        flag=True,
    ),
    Option(
        "registry-faults",
        "inject faults into the embedded registry in each lifecycle invocation, to see whether it"
        " recovers: `429-once`, `500-once`, `reset-in-blob`, `slow` or `slow=SECONDS`",
        metavar="LIST",
    ),
    Option(
        "daemon",
        "the Docker daemon to use: `auto` (`DOCKER_HOST` or the usual socket; default), `private`"
        " (a dockerd that the suite starts), `container` or an address",
        default="auto",
        metavar="WHICH",
    ),
    Option(
        "registry-image",
        "the image of `--registry container`",
        default="registry:2",
        metavar="IMAGE",
    ),
    Option(
        "daemon-image",
        "the image of `--daemon container`",
        default="docker:dind",
        metavar="IMAGE",
    ),
    Option(
        "phase",
        "test only these phases: `exporter`, `creator`, `rebaser` (default: all of them)",
        metavar="LIST",
        many=True,
    ),
    Option(
        "app-images",
        "what builds the app images to rebase: `lifecycle`, or `reference` for a lifecycle with"
        " only a rebaser (default: `reference` if analyzer and exporter are missing)",
        metavar="WHO",
    ),
    Option(
        "quick",
        "run one scenario for each phase and destination, in seconds: a partial run",
        flag=True,
    ),
    Option(
        "thorough",
        "cover every triple of values instead of every pair, and generate 1,000 scenarios: takes"
        " much longer",
        flag=True,
    ),
    Option(
        "shard",
        "run part I of N of the scenarios, such as `2/4`, to use several machines: a partial run;"
        " `merge` combines all parts into one run",
        metavar="I/N",
    ),
    Option(
        "examples",
        "generated scenarios of each kind, with few and with many labels (default: 50, or 500 with"
        " `--thorough`)",
        metavar="N",
    ),
    Option(
        "known-failures",
        "a TOML file of known failures, each with a reason",
        metavar="FILE",
    ),
    Option("write-known-failures", "write this run's failures to such a file", metavar="FILE"),
    Option("strict", "treat an unmet SHOULD as a failure", flag=True),
    Option(
        "output",
        "the folder for `report.json`, `report.html`, `report.md`, `junit.xml` and `badge.json`",
        metavar="DIR",
    ),
    Option(
        "record",
        "write the recorded run to this file, for `judge`; `--output` has it as `record.xz`",
        metavar="FILE",
    ),
    Option(
        "jobs",
        "lifecycle invocations that may run at once (default: the cores that this process"
        " may use; 1 in each pytest-xdist worker)",
        metavar="N",
    ),
    Option(
        "timeout",
        "time limit for one lifecycle invocation, in seconds",
        default="60",
        metavar="SECONDS",
    ),
    Option("seed", "seed for the generated scenarios", default="0", metavar="N"),
    Option(
        "requirement",
        "test only these requirements: globs that match whole identifiers; may be repeated"
        " (default: all of them)",
        metavar="GLOB",
        many=True,
    ),
)
"""Every option, in the order in which help shows them."""


def without_password(text: str) -> str:
    """Return a text that may have addresses in it, for a message: without users and passwords."""
    return _USER.sub("//***@", text)


def check_variables(environment: Mapping[str, str]) -> None:
    """Raise OptionError for a variable that looks like one of an option and stands for none."""
    known = [option.variable for option in OPTIONS]
    for name in environment:
        if name.startswith(ENVIRONMENT_PREFIX) and name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            raise OptionError(f"{name}: no option has this variable; {hint}")


def find(
    option: Option,
    *,
    given: Value,
    environment: Mapping[str, str],
    ini: Callable[[str], Value],
) -> Value:
    """Return the value of an option: command line before environment before ini before default.

    An empty variable, as CI systems make of one that is not set, is none. Raises OptionError where
    a flag has a value that is neither true nor false, and for a value on the command line that is
    empty: more often than not a variable that was to be named there.
    """
    if given == "":
        raise OptionError(f"--{option.name} '': is empty; give a value, or omit the option")
    if given is not None and given is not False:
        return given
    if environment.get(option.variable):
        text = environment[option.variable]
        return _as_flag(option.variable, text) if option.flag else text
    configured = ini(option.attribute)
    if configured:
        return _as_flag(option.attribute, str(configured)) if option.flag else str(configured)
    return False if option.flag else option.default


def _as_flag(name: str, text: str) -> bool:
    lowered = text.strip().lower()
    if lowered in {"1", "true", "yes", "on"}:
        return True
    if lowered in {"", "0", "false", "no", "off"}:
        return False
    raise OptionError(f"{name}={text!r}: give 1 or 0")
