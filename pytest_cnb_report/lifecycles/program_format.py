"""Which machine a program is for, and what else it needs, told by its first bytes."""

from __future__ import annotations

import struct
from pathlib import Path

from pytest_cnb_report.drive.shapes import HOST_ARCHITECTURE

_HERE = f"linux/{HOST_ARCHITECTURE}"
_HEAD = 4096
"""Bytes that are looked at."""
_ELF = b"\x7fELF"
_INTERPRETER = 3
"""The type of the program header that names the dynamic loader (elf(5), PT_INTERP)."""
_MACHINES = {
    3: "386",
    8: "mips",
    20: "ppc",
    21: "ppc64",
    22: "s390x",
    40: "arm",
    62: "amd64",
    183: "arm64",
    243: "riscv64",
    258: "loong64",
}
"""Values of `e_machine` (elf(5)) as Go's architectures are called."""
_OTHER_SYSTEMS = {
    b"MZ": "Windows",
    b"\xcf\xfa\xed\xfe": "macOS",
    b"\xca\xfe\xba\xbe": "macOS",
}


def why_it_does_not_start(path: Path) -> str:
    """Say why the operating system refuses to start a program, as far as its head tells."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return ""
    for magic, system in _OTHER_SYSTEMS.items():
        if head.startswith(magic):
            return f"it is a program for {system}; name one for {_HERE}"
    if head.startswith(_ELF):
        return _of_elf(head)
    if head.startswith(b"#!"):
        interpreter = (head[2:].split() or [b""])[0].decode("utf-8", "replace")
        return _missing(interpreter, "is run by")
    return f"it is not a program; name one for {_HERE}"


def _of_elf(head: bytes) -> str:
    try:
        order = "<" if head[5] == 1 else ">"
        machine = struct.unpack_from(f"{order}H", head, 18)[0]
        built_for = f"linux/{_MACHINES.get(machine, f'machine {machine}')}"
        if machine == 21 and order == "<":
            built_for += "le"
        if built_for not in {_HERE, "linux/386"}:
            return f"it is a program for {built_for}; name one for {_HERE}"
        return _missing(_loader(head, order), "needs")
    except (struct.error, IndexError):
        return "it is incomplete; get a complete copy"


def _loader(head: bytes, order: str) -> str:
    """Return the dynamic loader that a program asks for; empty for a static one."""
    wide = head[4] == 2
    first = struct.unpack_from(f"{order}Q" if wide else f"{order}I", head, 32 if wide else 28)[0]
    size, count = struct.unpack_from(f"{order}HH", head, 54 if wide else 42)
    for number in range(count):
        start = first + number * size
        if struct.unpack_from(f"{order}I", head, start)[0] == _INTERPRETER:
            layout = f"{order}8xQ16xQ" if wide else f"{order}4xI8xI"
            offset, length = struct.unpack_from(layout, head, start)
            return head[offset : offset + length].rstrip(b"\0").decode("utf-8", "replace")
    return ""


def _missing(path: str, how: str) -> str:
    if not path or Path(path).exists():
        return ""
    return f"it {how} {path}, which is not on this machine; container:REF runs it in its own image"
