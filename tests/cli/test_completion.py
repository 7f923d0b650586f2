"""`completion`: what a shell offers, asked of bash itself."""

from __future__ import annotations

import subprocess

import pytest

from pytest_cnb_report.cli.main import main
from pytest_cnb_report.options import OPTIONS


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


def offered(completion: str, *words: str) -> set[str]:
    """Return what bash offers for the last word."""
    line = " ".join(f"'{word}'" for word in words)
    program = (
        f"{completion}\nCOMP_WORDS=({line}); COMP_CWORD={len(words) - 1}\n"
        '_cnb_conformance; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "--norc", "-uc", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return set(done.stdout.split())


def test_bash(capsys: pytest.CaptureFixture[str]) -> None:
    completion = script("bash", capsys)
    program = "cnb-conformance"
    assert {"run", "judge", "merge", "completion"} <= offered(completion, program, "")
    assert offered(completion, program, "ru") == {"run"}
    assert {f"--{option.name}" for option in OPTIONS} <= offered(completion, program, "run", "--")
    assert offered(completion, program, "run", "--profile", "rfc") == {
        *("rfc-0129", "rfc-0129-draft"),
    }
    assert offered(completion, program, "run", "--lifecycle", "") == set(), "files are bash's own"
    assert offered(completion, program, "compare", "--format", "m") == {"markdown"}
    assert offered(completion, program, "completion", "") == {"bash", "zsh", "fish"}


def test_zsh_takes_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    start, _, rest = script("zsh", capsys).partition("\n")
    assert start == "autoload -U +X bashcompinit && bashcompinit"
    assert rest == script("bash", capsys)


def test_fish_has_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    completion = script("fish", capsys)
    for option in OPTIONS:
        assert f"from run' -l {option.name} " in completion


def test_no_help_shows_what_argparse_hides(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["matrix", "--help"])
    assert "SUPPRESS" not in capsys.readouterr().out
