"""What `--lifecycle` names, and which platform API is judged by."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.lifecycles import kinds as module
from pytest_cnb_report.lifecycles.kinds import require_phases, resolve
from pytest_cnb_report.lifecycles.lifecycle import Lifecycle, LifecycleError
from pytest_cnb_report.lifecycles.negotiate import negotiate
from pytest_cnb_report.values import PLATFORM_APIS, Phase, PlatformApi

DRAFT = "rfc-0129-draft"
SAYS_ALL = '#!/bin/sh\necho "$(basename "$0")|$*|$CNB_PLATFORM_API|$HOME|$TMPDIR"\n'


def found(given: str | None, phases: Iterable[Phase] = tuple(Phase)) -> Lifecycle:
    return resolve(given, phases=phases, profile=DRAFT)


def called(lifecycle: Lifecycle, folder: Path, *arguments: str) -> Invocation:
    return lifecycle.call(
        Phase.REBASER,
        arguments,
        platform_api=PlatformApi(0, 12),
        environment={"CNB_RUN_IMAGE": "run"},
        directory=str(folder),
        timeout=20,
    )


def executable(path: Path, text: str = SAYS_ALL) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_a_directory_of_phases(tmp_path: Path) -> None:
    for phase in Phase:
        executable(tmp_path / "cnb" / phase.value)
    lifecycle = found(str(tmp_path / "cnb"))
    assert lifecycle.kind.name == "directory"
    assert lifecycle.given == str(tmp_path / "cnb")
    assert lifecycle.sha256 == hashlib.sha256(SAYS_ALL.encode()).hexdigest()
    said = called(lifecycle, tmp_path, "-force", "app:1").stdout
    assert said == f"rebaser|-force app:1|0.12|{tmp_path}|{tmp_path}\n"


def test_a_directory_of_links_to_one_program(tmp_path: Path) -> None:
    executable(tmp_path / "lifecycle")
    for phase in Phase:
        (tmp_path / phase.value).symlink_to("lifecycle")
    lifecycle = found(str(tmp_path))
    assert called(lifecycle, tmp_path).stdout.startswith("rebaser|")
    assert lifecycle.sha256 == hashlib.sha256(SAYS_ALL.encode()).hexdigest()


def test_phases_of_their_own_have_a_digest_together(tmp_path: Path) -> None:
    for phase in Phase:
        executable(tmp_path / phase.value, f"#!/bin/sh\n# {phase.value}\n")
    before = found(str(tmp_path)).sha256
    executable(tmp_path / "rebaser", "#!/bin/sh\n# another\n")
    assert found(str(tmp_path)).sha256 not in {None, before}


def test_only_the_phases_that_are_called_have_to_be_there(tmp_path: Path) -> None:
    for name in ("analyzer", "exporter", "rebaser"):
        executable(tmp_path / name)
    require_phases(found(str(tmp_path)), [Phase.ANALYZER, Phase.EXPORTER, Phase.REBASER])
    with pytest.raises(LifecycleError) as refusal:
        require_phases(found(str(tmp_path)), Phase)
    assert str(refusal.value) == (
        f"--lifecycle {tmp_path}: no executable for creator; expected one for each of"
        " analyzer, exporter, creator, rebaser; use --phase exporter,rebaser to test the others"
    )


def test_a_directory_without_any_phase(tmp_path: Path) -> None:
    with pytest.raises(
        LifecycleError, match=r"no executable for analyzer, .* rebaser; name another$"
    ):
        require_phases(found(str(tmp_path)), Phase)


def test_a_relative_path_is_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for phase in Phase:
        executable(tmp_path / "here" / phase.value)
    monkeypatch.chdir(tmp_path)
    lifecycle = found("here")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert called(lifecycle, elsewhere).exit_code == 0


def test_one_multiplexed_binary_is_called_by_the_name_of_the_phase(tmp_path: Path) -> None:
    shutil.copy("/bin/bash", tmp_path / "lifecycle")
    lifecycle = found(str(tmp_path / "lifecycle"))
    assert lifecycle.kind.name == "binary"
    assert lifecycle.commands[Phase.REBASER].name == "rebaser"
    said = lifecycle.call(
        Phase.REBASER,
        ["-c", 'echo "$0"'],
        platform_api=PlatformApi(0, 12),
        environment={},
        directory=str(tmp_path),
        timeout=20,
    )
    assert said.stdout == "rebaser\n"


def test_a_command_is_split_as_a_shell_splits_it(tmp_path: Path) -> None:
    adapter = executable(tmp_path / "an adapter")
    lifecycle = found(f"command:'{adapter}' --with 'two words'")
    assert lifecycle.kind.name == "command"
    said = called(lifecycle, tmp_path, "-force", "app").stdout
    assert said.startswith("an adapter|--with two words rebaser -force app|0.12|")


def test_a_command_is_looked_for_on_the_path(tmp_path: Path) -> None:
    lifecycle = found("command:echo")
    assert called(lifecycle, tmp_path, "app").stdout == "rebaser app\n"


def test_the_reference_and_its_faults(tmp_path: Path) -> None:
    sound = found("reference").introduced(directory=str(tmp_path))
    assert (sound.kind.name, sound.given) == ("reference", "reference")
    faulty = found("reference:values-trimmed")
    assert faulty.environment["CNB_REFERENCE_FAULT"] == "values-trimmed"
    assert faulty.environment["CNB_REFERENCE_PROFILE"] == DRAFT
    assert faulty.commands[Phase.EXPORTER].executable == sys.executable
    with pytest.raises(LifecycleError, match=r"values-trimed.*did you mean values-trimmed"):
        found("reference:values-trimed").introduced(directory=str(tmp_path))


def test_the_default_is_where_builder_images_keep_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DEFAULT_PATH", tmp_path / "lifecycle")
    assert found(None).given == "reference"
    for phase in Phase:
        executable(tmp_path / "lifecycle" / phase.value)
    assert found(None).given == str(tmp_path / "lifecycle")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("nowhere", "there is no such file or directory; give a directory"),
        ("command:", "no command after command:"),
        ("command:echo 'one", "No closing quotation in the command"),
        ("command:no-such-program x", "no-such-program is not an executable on PATH"),
        ("lifecycle-v0.20.20.tgz", "there is no such file"),
    ],
)
def test_what_cannot_be_run_is_said(given: str, why: str) -> None:
    with pytest.raises(LifecycleError, match=why) as refusal:
        found(given)
    assert f"--lifecycle {given}: " in str(refusal.value)


def test_a_file_that_is_not_executable_is_said(tmp_path: Path) -> None:
    (tmp_path / "lifecycle").write_text("#!/bin/sh\n")
    with pytest.raises(LifecycleError, match=r"lifecycle is not an executable file; chmod \+x it"):
        found(str(tmp_path / "lifecycle"))
    for phase in Phase:
        executable(tmp_path / "cnb" / phase.value)
    (tmp_path / "cnb" / "exporter").chmod(0o644)
    with pytest.raises(LifecycleError, match=r"cnb/exporter is not an executable file"):
        found(str(tmp_path / "cnb"))


def test_a_folder_in_the_place_of_a_phase_is_said(tmp_path: Path) -> None:
    for phase in Phase:
        (tmp_path / phase.value).mkdir()
    with pytest.raises(LifecycleError, match=r"analyzer is not an executable file"):
        found(str(tmp_path))


@pytest.mark.parametrize(
    ("script", "version"),
    [
        ("echo 0.20.20+72d0db7b", "0.20.20+72d0db7b"),
        ("echo starting; echo 1.2.3", "1.2.3"),
        ("echo 0.20.20; exit 1", None),
        ("echo a lifecycle", None),
        ("true", None),
    ],
)
def test_the_version_is_what_it_says_that_it_is(
    tmp_path: Path, script: str, version: str | None
) -> None:
    adapter = executable(tmp_path / "adapter", f"#!/bin/sh\n{script}\n")
    lifecycle = found(f"command:{adapter}").introduced(directory=str(tmp_path))
    assert lifecycle.version == version


def test_a_program_for_another_machine_is_said(tmp_path: Path) -> None:
    for phase in Phase:
        executable(tmp_path / phase.value)
    (tmp_path / "rebaser").write_bytes(b"\x7fELF\x02\x01\x01" + bytes(57))
    with pytest.raises(LifecycleError, match=r"cannot run .*/rebaser: Exec format error: it is a"):
        found(str(tmp_path)).introduced(directory=str(tmp_path))


def speaking(folder: Path, *apis: str) -> Lifecycle:
    """A lifecycle that speaks these platform APIs, and refuses a call without arguments."""
    pattern = "|".join(apis) or "none"
    script = f'#!/bin/sh\ncase "$CNB_PLATFORM_API" in {pattern}) exit 3;; esac\nexit 11\n'
    return found(f"command:{executable(folder / 'adapter', script)}")


def agreed(lifecycle: Lifecycle, wanted: PlatformApi | None, folder: Path) -> PlatformApi:
    return negotiate(lifecycle, wanted, directory=str(folder), phase=Phase.REBASER, timeout=20)


def test_the_newest_platform_api_that_both_know(tmp_path: Path) -> None:
    assert agreed(speaking(tmp_path, "0.9", "0.10"), None, tmp_path) == PlatformApi(0, 10)
    assert agreed(speaking(tmp_path, "0.14", "0.99"), None, tmp_path) == PlatformApi(0, 14)
    assert agreed(found("command:true"), None, tmp_path) == PLATFORM_APIS[-1]


def test_the_platform_api_that_is_wanted(tmp_path: Path) -> None:
    lifecycle = speaking(tmp_path, "0.9", "0.10")
    assert agreed(lifecycle, PlatformApi(0, 9), tmp_path) == PlatformApi(0, 9)
    with pytest.raises(
        LifecycleError, match=r"not support platform API 0.12; it supports 0.9, 0.10"
    ):
        agreed(lifecycle, PlatformApi(0, 12), tmp_path)


@pytest.mark.parametrize("wanted", [None, PlatformApi(0, 12)], ids=str)
def test_a_lifecycle_that_speaks_none(tmp_path: Path, wanted: PlatformApi | None) -> None:
    with pytest.raises(LifecycleError, match=r"supports none of the platform APIs 0.7 to 0.15"):
        agreed(speaking(tmp_path), wanted, tmp_path)


def test_a_lifecycle_that_hangs(tmp_path: Path) -> None:
    adapter = executable(tmp_path / "adapter", "#!/bin/sh\nexec sleep 100\n")
    lifecycle = found(f"command:{adapter}")
    with pytest.raises(LifecycleError, match=r"did not end within .* Reproduce it with: env -i"):
        negotiate(lifecycle, None, directory=str(tmp_path), phase=Phase.REBASER, timeout=0.2)
