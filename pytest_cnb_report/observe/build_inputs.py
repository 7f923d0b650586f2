"""The files that a build reads: what an exporter or a creator finds on its disk."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_cnb_report.drive.drawn_names import NameSource
from pytest_cnb_report.observe.bench import user_for
from pytest_cnb_report.observe.build_contents import Contents, Output
from pytest_cnb_report.observe.observation import RunEntry
from pytest_cnb_report.platform_apis import PROCESS_COMMAND_LIST, RUN_FILE, PlatformApi
from pytest_cnb_report.values import Phase

_BUILDPACK_API = "0.7"
_SCRIPT = "#!/bin/sh\nset -e\n"

_BUILDPACK_TOML = f"""api = "{_BUILDPACK_API}"

[buildpack]
id = "%s"
version = "1"

[[stacks]]
id = "*"

[[targets]]
os = "linux"
"""


@dataclass(frozen=True)
class BuildFolder:
    """The folders of one build, and the arguments that name them."""

    layers: Path
    app: Path
    launcher: Path
    run_file: tuple[str, str]
    buildpacks: Path
    platform: Path
    order: Path
    cache: Path
    build_cache: Path


def write_inputs(
    folder: Path,
    phase: Phase,
    api: PlatformApi,
    entries: Sequence[RunEntry],
    *,
    names: NameSource,
    contents: Contents,
) -> BuildFolder:
    """Write everything that a build of a small app needs.

    For an exporter the layers directory is as a builder would have left it; for a creator it is
    empty and buildpacks written in shell fill it. The IDs of the buildpacks are drawn from `names`.
    """
    outputs = {names.buildpack(): output for output in contents.buildpacks}
    build = BuildFolder(
        layers=folder / "layers",
        app=folder / "app",
        launcher=folder / "launcher",
        run_file=_write_run_file(folder, api, entries),
        buildpacks=folder / "buildpacks",
        platform=folder / "platform",
        order=folder / "order.toml",
        cache=folder / "cache",
        build_cache=folder / "layers-cache",
    )
    caches = (build.cache, build.build_cache)
    for path in (build.layers, build.app, build.buildpacks, build.platform / "env", *caches):
        path.mkdir(parents=True)
    for name in contents.files:
        (build.app / name).parent.mkdir(exist_ok=True)
        (build.app / name).write_text(f"{name} of an app\n")
    build.launcher.write_text('#!/bin/sh\nexec "$@"\n')
    build.launcher.chmod(0o755)
    if phase is Phase.CREATOR:
        _write_buildpacks(build, outputs, contents.launch_tables)
    else:
        _write_built_layers(build.layers, outputs, api, contents.launch_tables)
    return build


def run_file_flag(api: PlatformApi) -> str:
    """Return the flag that names the file with the run images."""
    return "-run" if api >= RUN_FILE else "-stack"


def _write_run_file(folder: Path, api: PlatformApi, entries: Sequence[RunEntry]) -> tuple[str, str]:
    """`run.toml` or, before it was there, `stack.toml` with its single entry."""
    if api >= RUN_FILE:
        path = folder / "run.toml"
        path.write_text("".join(f"[[images]]\n{_entry(entry)}\n" for entry in entries))
        return (run_file_flag(api), str(path))
    path = folder / "stack.toml"
    path.write_text(f"[run-image]\n{_entry(entries[0])}")
    return (run_file_flag(api), str(path))


def _entry(entry: RunEntry) -> str:
    mirrors = ", ".join(f'"{mirror}"' for mirror in entry.mirrors)
    return f'image = "{entry.image}"\n' + (f"mirrors = [{mirrors}]\n" if mirrors else "")


def _write_built_layers(
    layers: Path, outputs: Mapping[str, Output], api: PlatformApi, launch_tables: str
) -> None:
    command = '["/bin/true"]' if api >= PROCESS_COMMAND_LIST else '"/bin/true"'
    group = [f'id = "{each}"\nversion = "1"\napi = "{_BUILDPACK_API}"\n' for each in outputs]
    processes = [
        f'{_process(kind, command)}buildpack-id = "{buildpack}"\n'
        for buildpack, output in outputs.items()
        for kind in output.processes
    ]
    (layers / "config").mkdir()
    (layers / "config" / "metadata.toml").write_text(
        _tables("buildpacks", group) + _tables("processes", processes) + launch_tables,
        encoding="utf-8",
    )
    (layers / "group.toml").write_text(_tables("group", group))
    for buildpack, output in outputs.items():
        own = layers / buildpack.replace("/", "_")
        own.mkdir()
        for layer, types in output.layers.items():
            (own / layer).mkdir()
            (own / layer / f"{layer}.txt").write_text(f"the layer {layer}\n")
            (own / f"{layer}.toml").write_text(types)


def _write_buildpacks(
    build: BuildFolder, outputs: Mapping[str, Output], launch_tables: str
) -> None:
    more = launch_tables  # of the first buildpack alone
    for buildpack, output in outputs.items():
        home = build.buildpacks / buildpack.replace("/", "_") / "1"
        (home / "bin").mkdir(parents=True)
        (home / "buildpack.toml").write_text(_BUILDPACK_TOML % buildpack)
        _write_script(home / "bin" / "detect", ["exit 0"])
        launch = _tables("processes", [_process(kind, '"/bin/true"') for kind in output.processes])
        lines = [_print_to("launch.toml", launch + more)]
        for layer, types in output.layers.items():
            lines += [
                f'mkdir -p "$1/{layer}"',
                _print_to(f"{layer}/{layer}.txt", f"the layer {layer}\n"),
                _print_to(f"{layer}.toml", types),
            ]
        _write_script(home / "bin" / "build", lines)
        more = ""
    group = [f'id = "{each}"\nversion = "1"\n' for each in outputs]
    build.order.write_text("[[order]]\n" + _tables("order.group", group))


def _tables(name: str, tables: Iterable[str]) -> str:
    """Spell an array of tables."""
    return "".join(f"[[{name}]]\n{table}\n" for table in tables)


def _process(kind: str, command: str) -> str:
    return f'type = "{kind}"\ncommand = {command}\ndirect = true\n'


def _print_to(path: str, text: str) -> str:
    """Return the command that writes a text to a path in the buildpack's layers directory."""
    return f'printf %s {shlex.quote(text)} >"$1/{path}"'


def _write_script(path: Path, lines: Iterable[str]) -> None:
    path.write_text(_SCRIPT + "\n".join(lines) + "\n", encoding="utf-8")
    path.chmod(0o755)


def give_to(phase: Phase, folder: Path) -> None:
    """Let the user that the phase drops to read and write everything in the folder."""
    user, group = user_for(phase)
    if user == os.getuid():
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user, group)
