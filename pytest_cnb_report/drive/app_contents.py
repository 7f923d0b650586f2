"""What an app image has beside what its exporter gave it, before it is rebased."""

from __future__ import annotations

import json
from collections.abc import Mapping

BIG_INTEGER = 2**53 + 1
UNKNOWN_METADATA = {"org.example.unknown": {"set": True, "integer": BIG_INTEGER}}
"""A key of the metadata label that no specification defines."""

APP_CREATED = "2011-02-03T04:05:06Z"
"""A time at which an app image says that it was made, and that no lifecycle writes by itself."""

APP_CREATED_LATELY = "2024-02-29T23:59:58.123456789Z"
"""The same, with a fraction of a second and in recent years."""

APP_DOCUMENT: dict[str, object] = {
    "author": "Harbor Authors",
    "container": "0123456789abcdef",
    "created": APP_CREATED,
    "os.features": ["win32k"],
    "os.version": "1.2.3",
}
"""Fields beside the `config` object: when the image was made, and some that nobody judges."""

APP_ENV = (
    "EMPTY=",
    "WITH_EQUALS=a=b",
    "GREETING=env value",
    "WITH_DOLLAR=$PATH:${HOME}/bin",
    "CNB_STACK_ID=io.acme.stacks.elder",
)
"""Environment of an app image, beside what its exporter set."""

LONG_ENV = (
    "TWICE=1",
    "TWICE=2",
    "lower=x",
    "LOWER=y",
    *(f"NUMBER_{n}={n}" for n in range(70)),
)
"""The same with more variables than a handful, one of them twice."""

OLDER_BUILD_ENV = ("CNB_PLATFORM_API=0.6",)
"""What an app image has that was built at a platform API before run images had target data."""

APP_CONFIG: dict[str, object] = {
    "Entrypoint": ["/cnb/process/web"],
    "Cmd": ["--verbose", "an argument"],
    "User": "1001:1002",
    "WorkingDir": "/srv/workspace",
    "ExposedPorts": {"8080/tcp": {}, "53/udp": {}},
    "Volumes": {"/srv/data": {}},
    "StopSignal": "SIGUSR1",
    "Healthcheck": {"Test": ["CMD", "/srv/alive"], "Interval": 30_000_000_000},
    "Shell": ["/bin/sh", "-ec"],
    "OnBuild": ["ENV GREETING=child"],
}
"""Config of an app image in which every field that a rebase has to leave alone is set."""

UNUSUAL_CONFIG: dict[str, object] = {
    "Entrypoint": ["/cnb/process/web", "--", ""],
    "Cmd": ["", "two words", ""],
    "User": "someone",
    "WorkingDir": "/srv/workspace/",
    "ExposedPorts": {"8080": {}, "9000-9002/tcp": {}},
    "Volumes": {"/srv/data/": {}, "/var/lib/state": {}},
    "StopSignal": "9",
    "Healthcheck": {
        "Test": ["CMD-SHELL", "exit 0"],
        "Interval": 30_000_000_000,
        "Timeout": 5_000_000_000,
        "StartPeriod": 2_000_000_000,
        "Retries": 3,
    },
    "Shell": ["/bin/bash", "-o", "pipefail", "-c"],
    "OnBuild": ["ENV GREETING=child", "RUN true"],
    "ArgsEscaped": True,
}
"""The same fields with values that are legal and seldom seen."""


def _sha(number: int) -> str:
    return f"sha256:{number:064x}"


def _layer(number: int, **more: object) -> dict[str, object]:
    flags = {"build": number % 2 == 0, "launch": True, "cache": number % 3 == 0}
    return {"sha": _sha(number), "data": None, **flags, **more}


RICH_METADATA: Mapping[str, object] = {
    **UNKNOWN_METADATA,
    "org.example.nested": {"list": [1, {"deep": ["\u00e9", None, 0.5]}], "empty": {}},
    "app": [{"sha": _sha(3)}, {"sha": _sha(1)}, {"sha": _sha(2)}],
    "sbom": {"sha": _sha(4)},
    "process-types": {"sha": _sha(5)},
    "buildpacks": [
        {
            "key": "quill/harbor",
            "version": "1.2.3",
            "layers": {
                "deps": _layer(12, data={"lock": ["a", {"b": None}], "size": 2**53 - 1}),
                "words": _layer(14, data={"text": "\u00e9 <a&b>", "tree": {"leaf": [0.5, True]}}),
                "tools": _layer(13),
                "plain": {"sha": _sha(15), "data": None},
            },
            "store": {"metadata": {"kept": "from build to build", "list": [1, 2]}},
        },
        {
            "key": "quill/alder",
            "version": "0",
            "layers": {f"layer-{number}": _layer(number) for number in range(100, 160)},
        },
        {"key": "quill/sedge", "version": "2", "layers": {}},
    ],
}
"""Every key of the metadata label that a build may write, of three buildpacks, in no order and one
of them with many layers, one layer without booleans, and keys that no specification defines."""

BUILD_METADATA = json.dumps(
    {
        "bom": None,
        "buildpacks": [{"id": "quill/harbor", "version": "1.2.3"}],
        "launcher": {"version": "1", "source": {"git": {"repository": "", "commit": ""}}},
        "processes": [
            {"type": f"worker-{number}", "command": ["/bin/true"], "args": ["<&>"], "direct": True}
            for number in range(120)
        ],
    },
    separators=(", ", " : "),
)
"""A label about a build of many processes, of more than 8 KiB, spelled as no encoder would."""
