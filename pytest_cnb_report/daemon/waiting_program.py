"""A program for containers whose image may hold nothing but a lifecycle: no shell, no `sleep`.

Images of a lifecycle are often made so. This program needs nothing but the kernel. Called

- without arguments, it waits until nobody has the folder locked (flock(2)) that it is started in,
  and then ends, and with it the container, whose first process it is; the kernel takes the lock
  from a run that is killed. It leaves no zombies;
- as `program EXECUTABLE NAME ARGS...`, it starts that executable under that name in a session of
  its own, whose ID it first writes to standard output, four bytes: from outside nobody can tell
  that ID. Once the executable has ended, its process group is killed, and the program ends with its
  exit code, or with 128 and the signal that ended it;
- as `program ID`, it kills the process group with that ID.

It is machine code: the few instructions below, each beside the bytes that it is assembled to. An
image for another architecture is no matter, because it is the kernel that runs it.
"""

from __future__ import annotations

import struct

_AMD64 = """
488b1c24          mov (%rsp), %rbx            # argc
83fb02            cmp $2, %ebx
0f84cd000000      je end
7745              ja start
hold:
b80d000000        mov $13, %eax               # rt_sigaction(SIGCHLD, {SIG_IGN}, NULL, 8)
bf11000000        mov $17, %edi
488d35f0000000    lea ignore(%rip), %rsi
31d2              xor %edx, %edx
41ba08000000      mov $8, %r10d
0f05              syscall
b802000000        mov $2, %eax                # open(".", O_RDONLY|O_DIRECTORY)
488d3dd2000000    lea here(%rip), %rdi
be00000100        mov $0x10000, %esi
0f05              syscall
89c7              mov %eax, %edi              # flock(fd, LOCK_SH)
be01000000        mov $1, %esi
b849000000        mov $73, %eax
0f05              syscall
31ff              xor %edi, %edi
exit:
b8e7000000        mov $231, %eax              # exit_group
0f05              syscall
start:
b839000000        mov $57, %eax               # fork
0f05              syscall
85c0              test %eax, %eax
7437              jz child
50                push %rax
89c7              mov %eax, %edi              # wait4(child, &status, 0, NULL)
50                push %rax
4889e6            mov %rsp, %rsi
31d2              xor %edx, %edx
4531d2            xor %r10d, %r10d
b83d000000        mov $61, %eax
0f05              syscall
5b                pop %rbx
5f                pop %rdi
f7df              neg %edi                    # kill(-child, SIGKILL)
be09000000        mov $9, %esi
b83e000000        mov $62, %eax
0f05              syscall
89df              mov %ebx, %edi              # the signal that ended it, and 128
83e77f            and $127, %edi
7408              jz ended
81c780000000      add $128, %edi
ebbc              jmp exit
ended:
0fb6ff            movzbl %bh, %edi            # else its exit code
ebb7              jmp exit
child:
b870000000        mov $112, %eax              # setsid
0f05              syscall
b827000000        mov $39, %eax               # getpid
0f05              syscall
50                push %rax
b801000000        mov $1, %eax                # write(1, &pid, 4)
bf01000000        mov $1, %edi
4889e6            mov %rsp, %rsi
ba04000000        mov $4, %edx
0f05              syscall
58                pop %rax
488b7c2410        mov 16(%rsp), %rdi          # execve(argv[1], &argv[2], envp)
488d742418        lea 24(%rsp), %rsi
488d54dc10        lea 16(%rsp,%rbx,8), %rdx
b83b000000        mov $59, %eax
0f05              syscall
bf7f000000        mov $127, %edi
e973ffffff        jmp exit
end:
488b742410        mov 16(%rsp), %rsi
31ff              xor %edi, %edi
digit:
0fb606            movzbl (%rsi), %eax
48ffc6            inc %rsi
83e830            sub $48, %eax
7207              jb kill
6bff0a            imul $10, %edi, %edi
01c7              add %eax, %edi
ebee              jmp digit
kill:
f7df              neg %edi                    # kill(-pid, SIGKILL)
be09000000        mov $9, %esi
b83e000000        mov $62, %eax
0f05              syscall
31ff              xor %edi, %edi
e945ffffff        jmp exit
here:
2e00660f1f440000  "."
ignore:
0100000000000000  SIG_IGN
000000000000000000000000000000000000000000000000
"""

_ARM64 = """
f30340f9          ldr x19, [sp]               # argc
7f0a00f1          cmp x19, #2
20080054          b.eq end
68020054          b.hi start
hold:
c81080d2          mov x8, #134                # rt_sigaction(SIGCHLD, {SIG_IGN}, NULL, 8)
200280d2          mov x0, #17
81090010          adr x1, ignore
020080d2          mov x2, #0
030180d2          mov x3, #8
010000d4          svc #0
080780d2          mov x8, #56                 # openat(AT_FDCWD, ".", O_RDONLY|O_DIRECTORY)
600c8092          mov x0, #-100
a1080010          adr x1, here
020088d2          mov x2, #0x4000
030080d2          mov x3, #0
010000d4          svc #0
080480d2          mov x8, #32                 # flock(fd, LOCK_SH)
210080d2          mov x1, #1
010000d4          svc #0
000080d2          mov x0, #0
exit:
c80b80d2          mov x8, #94                 # exit_group
010000d4          svc #0
start:
881b80d2          mov x8, #220                # clone(SIGCHLD, NULL, ...)
200280d2          mov x0, #17
010080d2          mov x1, #0
020080d2          mov x2, #0
030080d2          mov x3, #0
040080d2          mov x4, #0
010000d4          svc #0
600200b4          cbz x0, child
f40300aa          mov x20, x0
ff4300d1          sub sp, sp, #16             # wait4(child, &status, 0, NULL)
e1030091          mov x1, sp
020080d2          mov x2, #0
030080d2          mov x3, #0
882080d2          mov x8, #260
010000d4          svc #0
f30340b9          ldr w19, [sp]
e00314cb          neg x0, x20                 # kill(-child, SIGKILL)
210180d2          mov x1, #9
281080d2          mov x8, #129
010000d4          svc #0
601a0072          ands w0, w19, #127          # the signal that ended it, and 128
60000054          b.eq ended
00000211          add w0, w0, #128
e7ffff17          b exit
ended:
603e0853          ubfx w0, w19, #8, #8        # else its exit code
e5ffff17          b exit
child:
a81380d2          mov x8, #157                # setsid
010000d4          svc #0
881580d2          mov x8, #172                # getpid
010000d4          svc #0
e00f1ff8          str x0, [sp, #-16]!
080880d2          mov x8, #64                 # write(1, &pid, 4)
200080d2          mov x0, #1
e1030091          mov x1, sp
820080d2          mov x2, #4
010000d4          svc #0
ff430091          add sp, sp, #16
a81b80d2          mov x8, #221                # execve(argv[1], &argv[2], envp)
e00b40f9          ldr x0, [sp, #16]
e1630091          add x1, sp, #24
e2430091          add x2, sp, #16
420c138b          add x2, x2, x19, lsl #3
010000d4          svc #0
e00f80d2          mov x0, #127
d2ffff17          b exit
end:
e10b40f9          ldr x1, [sp, #16]
000080d2          mov x0, #0
430180d2          mov x3, #10
digit:
22144038          ldrb w2, [x1], #1
42c00071          subs w2, w2, #48
63000054          b.lo kill
0008039b          madd x0, x0, x3, x2
fcffff17          b digit
kill:
e00300cb          neg x0, x0                  # kill(-pid, SIGKILL)
210180d2          mov x1, #9
281080d2          mov x8, #129
010000d4          svc #0
000080d2          mov x0, #0
c4ffff17          b exit
here:
2e000000  "."
ignore:
0100000000000000  SIG_IGN
000000000000000000000000000000000000000000000000
"""

_MACHINES = {"x86_64": (62, _AMD64), "aarch64": (183, _ARM64)}
"""Of each `uname -m`: `e_machine` (elf(5)) and the code."""

_BASE = 0x400000
_ELF_HEADER = 64
_PROGRAM_HEADER = 56


def waiting_program(machine: str) -> bytes | None:
    """Return the program as a static ELF executable; None where there is none for the machine."""
    if machine not in _MACHINES:
        return None
    number, listing = _MACHINES[machine]
    code = b"".join(map(_bytes_of, listing.splitlines()))
    start = _ELF_HEADER + _PROGRAM_HEADER
    size = start + len(code)
    header = struct.pack(
        "<16sHHIQQQIHHHHHH",
        b"\x7fELF\x02\x01\x01",  # 64 bits, little-endian
        *(2, number, 1),  # ET_EXEC
        *(_BASE + start, _ELF_HEADER, 0, 0),
        *(_ELF_HEADER, _PROGRAM_HEADER, 1, 0, 0, 0),
    )
    # PT_LOAD: all of it, to be read and executed
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, size, size, 0x10000)
    return header + segment + code


def _bytes_of(line: str) -> bytes:
    """Return the bytes of a line; none of a label."""
    first = (line.split() or [":"])[0]
    return b"" if first.endswith(":") else bytes.fromhex(first)
