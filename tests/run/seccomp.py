"""Refuses system calls to this process and its children, as container runtimes and service managers do."""

import ctypes
import os
import platform

# System call -> machine -> number.
_NUMBERS = {
    "execveat": {"x86_64": 322, "aarch64": 281},
    "memfd_create": {"x86_64": 319, "aarch64": 279},
}
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 38, 22
_SECCOMP_MODE_FILTER = 2
_LOAD_WORD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06  # BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_RET|BPF_K
_RET_ALLOW, _RET_ERRNO = 0x7FFF0000, 0x00050000


class _Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint)]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction))]


def deny(name: str, error: int) -> None:
    """From now on the system call fails with this error number. For `preexec_fn`."""
    instructions = (_Instruction * 4)(
        _Instruction(_LOAD_WORD, 0, 0, 0),  # the number of the call is the first word of seccomp_data
        _Instruction(_JUMP_IF_EQUAL, 0, 1, _NUMBERS[name][platform.machine()]),
        _Instruction(_RETURN, 0, 0, _RET_ERRNO | error),
        _Instruction(_RETURN, 0, 0, _RET_ALLOW),
    )
    program = _Program(len(instructions), instructions)
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in [
        (_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0),
    ]:
        if libc.prctl(*arguments) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
