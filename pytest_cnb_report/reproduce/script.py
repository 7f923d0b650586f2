"""`run.sh`: a script that runs the invocations of one observation again, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_cnb_report.drive.names import ImageName
from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.observe.inputs import InputFile
from pytest_cnb_report.values import Target
from pytest_cnb_report.visible_text import shell_line, shell_word

_HEAD = """\
#!/usr/bin/env bash
# Reproduces a failure of {requirement}: runs {calls} of the {phase} again; see README.txt.
#
#   bash run.sh           runs {it} again, then tests the requirement: exit code 0 if it is met
#   bash run.sh --call    only runs {it} again; exits with {code}
#   bash run.sh --keep    the same, but keeps {what} until you press Enter
#
# Variables:
#   LIFECYCLE        another executable to run
#   DEBUGGER         a command that runs it, such as 'dlv exec'
#   WORK             the work folder; the user that the phase drops to must be able to enter it
#   CNB_CONFORMANCE  the console script of this suite
#   {variables}
set -euo pipefail
cd "$(dirname "$0")"
lifecycle=${{LIFECYCLE:-{executable}}}
read -r -a debugger <<<"${{DEBUGGER-}}"
suite=${{CNB_CONFORMANCE:-{program}}}
command -v "$suite" >/dev/null || suite=cnb-conformance # the one of the run is gone
command -v "$suite" >/dev/null || {{
  echo "cnb-conformance is not on PATH: name it with CNB_CONFORMANCE" >&2
  exit 2
}}
work=${{WORK:-$(mktemp -d)}}
mkdir -p "$work"
chmod 711 "$work"
"""

_REGISTRY = """\
registry=127.0.0.1:${{PORT:-{port}}}
rm -f "$work/registry.log"
"$suite" serve --port "${{registry##*:}}" --load before >"$work/registry.log" 2>&1 &
serving=$!
trap 'kill "$serving" 2>/dev/null || true; wait "$serving" 2>/dev/null || true' EXIT
until grep -qs "stop the registry at" "$work/registry.log"; do
  kill -0 "$serving" 2>/dev/null || {{ cat "$work/registry.log" >&2; exit 2; }}
  sleep 0.05
done
"""

_DAEMON = """\
docker_host=${{DOCKER_HOST:-unix:///var/run/docker.sock}}
export DOCKER_HOST=$docker_host
names=({names})
tidy() {{
  docker image rm "${{names[@]}}" >/dev/null 2>&1 || true
  # a rebased image has lost its name
  for id in "${{ids[@]}}"; do
    if [[ $(docker image inspect --format '{{{{len .RepoTags}}}}' "$id" 2>/dev/null) == 0 ]]; then
      docker image rm "$id" >/dev/null || true
    fi
  done
}}
ids=()
trap tidy EXIT
for archive in before-docker/*.tar; do docker load --quiet --input "$archive" >/dev/null; done
mapfile -t ids < <(docker image inspect --format '{{{{.Id}}}}' {staged})
"""

_KEEP = """\
if [[ ${1-} == --keep ]]; then
  read -r -p "the images are at HOST; press Enter to stop " || true
fi
"""

_AGAIN = """\
if [[ -z ${{1-}} ]]; then
  printf '\\nexpected  %s\\nfound     %s\\n' {expected} {found}
  if [[ -z ${{LIFECYCLE-}} ]]; then
    printf '\\ntesting the requirement again:\\n'
    status=0
    # relative paths start from the folder of the run, if it still exists
    (cd {began} 2>/dev/null || true; "$suite" {words}) || status=$?
  fi
fi
"""


@dataclass(frozen=True)
class Failed:
    """What failed: the requirement, what was expected and found, and how to test it again."""

    requirement: str
    expected: str
    found: str
    again: str | None
    """A command line of the console script; None where there is none."""
    began: str
    """The folder that the run was begun in."""


@dataclass(frozen=True)
class Step:
    """One call to repeat: what was called on which files, which stand in `folder`."""

    folder: str
    call: Invocation
    inputs: Sequence[InputFile]
    report_path: str


def script(
    steps: Sequence[Step],
    *,
    failed: Failed,
    phase: str,
    target: Target,
    staged: Sequence[str],
    left: Sequence[str],
    program: str,
) -> str:
    """Write the script; `staged` and `left` name the images that are there before and after.

    `program` is how a shell calls the console script.
    """
    names = tuple(dict.fromkeys([*staged, *left]))
    first = steps[0].call
    at_daemon = target is Target.DAEMON
    was = "" if at_daemon else _address(names)
    port = _port(was)
    head = _HEAD.format(
        calls="the invocations" if len(steps) > 1 else "the invocation",
        it="them" if len(steps) > 1 else "it",
        code="the exit code of the last one" if len(steps) > 1 else "its exit code",
        phase=phase,
        requirement=failed.requirement,
        what="the images in the daemon" if at_daemon else "the registry running",
        variables="DOCKER_HOST      the Docker daemon to use"
        if at_daemon
        else f"PORT             the port of the registry (default: {port}, as in the images)",
        executable=shell_word(first.command.executable),
        program=program,
    )
    place = (
        _DAEMON.format(names=shell_line(names), staged=shell_line(staged))
        if at_daemon
        else _REGISTRY.format(port=port)
    )
    body = "\n".join("\n".join(_step(step, was, at_daemon=at_daemon)) for step in steps)
    keep = _KEEP.replace("HOST", "$docker_host" if at_daemon else "$registry")
    return f'{head}{place}\n{body}\n\n{keep}{_again(failed)}exit "$status"\n'


def _again(failed: Failed) -> str:
    """Show what was expected and found, and have the requirement tested in a run of its own.

    Another executable is no lifecycle that a run could be told of.
    """
    if failed.again is None:
        return ""
    return _AGAIN.format(
        expected=shell_word(failed.expected),
        found=shell_word(failed.found),
        words=failed.again.partition(" ")[2],
        began=shell_word(failed.began),
    )


def _address(names: Sequence[str]) -> str:
    parsed = next(filter(None, map(ImageName.parse, names)), None)
    return parsed.registry if parsed is not None else ""


def _port(address: str) -> int:
    """Return the port to serve at: the very one on loopback, for labels name it too."""
    host, _, port = address.rpartition(":")
    return int(port) if host in {"127.0.0.1", "localhost"} and port.isdecimal() else 5000


def _step(step: Step, was: str, *, at_daemon: bool) -> Iterator[str]:
    call, here = step.call, f"$work/{step.folder}"
    swaps = {call.directory: here, **({was: "$registry"} if was else {})}
    yield f'rm -rf "{here}"'
    yield f'cp -R {step.folder} "$work/" 2>/dev/null || mkdir -p "{here}"'
    yield from _unlike_in_archives(step, here)
    for file in step.inputs:
        if file.content is not None and any(old.encode() in file.content for old in swaps):
            orders = " ".join(f'-e "s|{_regex(old)}|{new}|g"' for old, new in swaps.items())
            yield f'sed -i {orders} "{here}/"{shell_word(file.path)}'
    yield from _owner(call.environment, here)
    words = " \\\n  ".join(_paired(_words(call, swaps, at_daemon=at_daemon)))
    yield "status=0"
    yield f"{words} || status=$?"
    report = _word(step.report_path, swaps)
    yield f'echo "exit code $status; work folder {here}"'
    yield f"if [[ -f {report} ]]; then cat {report}; else echo 'no report'; fi"


def _unlike_in_archives(step: Step, here: str) -> Iterator[str]:
    """Restore what zip archives lose: empty folders and modes; name what was not kept."""
    parents = {os.path.dirname(file.path) for file in step.inputs}  # noqa: PTH120 - text alone
    for file in step.inputs:
        if file.left_out:
            what = f"not recorded, so not reproduced: {file.left_out} at {file.path}"
            yield f"echo {shell_word(what)} >&2"
        elif file.is_folder and file.path not in parents:
            yield f'mkdir -p "{here}/"{shell_word(file.path)}'
        elif file.content is not None and file.mode & 0o111:
            yield f'chmod {file.mode:o} "{here}/"{shell_word(file.path)}'


def _owner(environment: Mapping[str, str], here: str) -> Iterator[str]:
    """Give the files to the user that a phase started as root drops to."""
    user, group = environment.get("CNB_USER_ID", "0"), environment.get("CNB_GROUP_ID", "0")
    if user != "0":
        yield f'if [[ $(id -u) == 0 ]]; then chown -R {user}:{group} "{here}"; fi'


def _words(call: Invocation, swaps: Mapping[str, str], *, at_daemon: bool) -> Iterator[str]:
    yield "env -i"
    for key, value in call.environment.items():
        if key == "PATH":
            yield 'PATH="$PATH"'
        elif key == "DOCKER_HOST" and at_daemon:
            yield 'DOCKER_HOST="$docker_host"'
        else:
            yield f"{key}={_word(value, swaps)}"
    if call.timed_out:
        yield f"timeout -k 5 {max(1, round(call.duration))}"
    if call.command.name == call.command.executable:
        yield '${debugger[@]+"${debugger[@]}"}'  # bash 4.3 takes an empty array for unset
        yield '"$lifecycle"'
        yield "${debugger[@]+--}"
    else:
        # the name that a multiplexed binary is called by can only be given with exec -a
        yield f"""bash -c 'exec -a "$0" "$@"' {shell_word(call.command.name)} "$lifecycle\""""
    yield from (_word(word, swaps) for word in (*call.command.arguments, *call.arguments))


def _paired(words: Iterable[str]) -> list[str]:
    """Put a flag and what follows it on one line."""
    lines: list[str] = []
    for word in words:
        if lines and lines[-1].startswith("-") and " " not in lines[-1] and word[0] != "-":
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _word(text: str, swaps: Mapping[str, str]) -> str:
    """Quote a word for the shell, with variables in the place of what varies."""
    for old, new in swaps.items():
        before, found, after = text.partition(old)
        if found:
            parts = (_word(before, swaps) if before else "", f'"{new}"')
            return "".join(parts) + (_word(after, swaps) if after else "")
    return shell_word(text)


def _regex(text: str) -> str:
    """Write a text such that sed takes it literally."""
    return "".join(f"\\{c}" if c in r".[]*^$/\|" else c for c in text)
