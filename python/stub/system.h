#ifndef RULES_PAR_SYSTEM_H
#define RULES_PAR_SYSTEM_H

/* System calls by number, and the numbers that go with them: no libc, none of its headers. */

#include "arch.h"

enum {
  O_RDONLY = 0, O_ACCMODE = 3, O_CREAT = 0100, O_TRUNC = 01000, O_CLOEXEC = 02000000, O_TMPFILE = 020000000 | O_DIRECTORY, AT_FDCWD = -100, SEEK_SET = 0, SEEK_END = 2,
  PROT_NONE = 0, PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4,
  MAP_PRIVATE = 2, MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20, MAP_POPULATE = 0x8000, MADV_RANDOM = 1, MADV_WILLNEED = 3, MAP_NORESERVE = 0x4000, MAP_FIXED_NOREPLACE = 0x100000,
  FALLOC_FL_KEEP_SIZE = 1, FALLOC_FL_PUNCH_HOLE = 2, F_DUPFD_CLOEXEC = 1030, F_ADD_SEALS = 1033, ALL_SEALS = 1 | 2 | 4 | 8,
  MFD_CLOEXEC = 1, MFD_ALLOW_SEALING = 2, MFD_NOEXEC_SEAL = 8, MFD_EXEC = 16,
  EPERM = 1, ENOENT = 2, EINTR = 4, EIO = 5, ENOEXEC = 8, ENOMEM = 12, EACCES = 13, ENOTDIR = 20, EISDIR = 21, EINVAL = 22, EMFILE = 24,
  EROFS = 30, ERANGE = 34, ENAMETOOLONG = 36, ENOSYS = 38, ENODATA = 61,
  /* sysexits.h, as in the launcher's errors.py */
  DAMAGED = 65, UNREADABLE = 66, SYSTEM = 71, WRONG_MACHINE = 78,
  LOWEST_DESCRIPTOR = 300, /* gdb opens the path of a library in its own process, where low numbers are pipes */
  MOST_HEADERS = 40,
};

#define call1(n, a) syscall6(n, (long)(a), 0, 0, 0, 0, 0)
#define call2(n, a, b) syscall6(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define call3(n, a, b, c) syscall6(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define call4(n, a, b, c, d) syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

static inline int failed(long result) { return result < 0 && result > -4096; }

#endif
