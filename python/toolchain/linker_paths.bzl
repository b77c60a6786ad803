"""Where hosts have their dynamic linker."""

# Machine, as uname(2) and `@platforms//cpu` both name it -> path that its ABI lays down.
LINKER_PATHS = {
    "aarch64": "/lib/ld-linux-aarch64.so.1",
    "ppc64le": "/lib64/ld64.so.2",
    "riscv64": "/lib/ld-linux-riscv64-lp64d.so.1",
    "s390x": "/lib/ld64.so.1",
    "x86_64": "/lib64/ld-linux-x86-64.so.2",
}
