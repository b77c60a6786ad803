/* libc's functions that open a file, or ask about one, by path. */

#include <stdarg.h>

#include "function.h"

enum { S_IFDIR = 040000, S_IFREG = 0100000, X_OK = 1, W_OK = 2, AT_EMPTY_PATH = 0x1000, BLOCK = 512 };

void *malloc(size_t);

/* The error of a call that the kernel refused, for a path that leads to a file or directory of the par: `instead`. */
static int refused(int directory, const char *path, int instead) {
  int error = errno;
  struct entry found;
  int result = look_up(directory, path, error, &found);
  return fail(result > 0 ? instead : result ? -result : error);
}

/* What a program of the par finds itself by: the kernel would say the par. */
const char *own(const char *path) { return par.program[0] && path && same(path, "/proc/self/exe") ? par.program : path; }

/* --- open --------------------------------------------------------------------------------------------------------- */

/* libc failed, errno says how. On success it is again what it was `before`, as after any call of libc that succeeds. */
static int open_inside(int directory, const char *path, int flags, int before) {
  int error = errno;
  char relative[LONGEST_PATH];
  struct entry found;
  if (!locate(directory, path, error, relative)) return fail(error);
  int result = find(relative, &found);
  if (flags & (O_ACCMODE | O_CREAT | O_TRUNC)) { /* nothing can be written, if there is a directory that it would be in */
    if (result == -ENOENT) {
      char *last = relative + length(relative);
      while (last > relative && *last != '/') last--;
      *last = 0;
      result = find(relative, &found);
    }
    return fail(result ? -result : EROFS);
  }
  if (result) return fail(-result);
  if (found.is_directory) return fail(EISDIR);
  if (flags & O_DIRECTORY || path[length(path) - 1] == '/') return fail(ENOTDIR);
  int descriptor = open_entry(&found, relative, 0, flags & O_CLOEXEC);
  if (descriptor < 0) return fail(-descriptor);
  errno = before;
  return descriptor;
}

#define MODE_AFTER(flags)                               \
  unsigned mode = 0;                                    \
  if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE) { \
    va_list rest;                                       \
    va_start(rest, flags);                              \
    mode = va_arg(rest, unsigned);                      \
    va_end(rest);                                       \
  }

#define OPEN(name)                                                                   \
  INTERPOSE(int, name, const char *path, int flags, ...) {                           \
    MODE_AFTER(flags)                                                                \
    int before = errno;                                                              \
    path = own(path);                                                                \
    int descriptor = LIBC(name)(path, flags, mode);                                  \
    return descriptor < 0 ? open_inside(AT_FDCWD, path, flags, before) : descriptor; \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                  \
  INTERPOSE(int, name, int directory, const char *path, int flags, ...) {             \
    MODE_AFTER(flags)                                                                 \
    int before = errno;                                                               \
    int descriptor = LIBC(name)(directory, path, flags, mode);                        \
    return descriptor < 0 ? open_inside(directory, path, flags, before) : descriptor; \
  }
OPENAT(openat)
OPENAT(openat64)

/* What the macros of _FORTIFY_SOURCE call. */
#define OPEN_CHECKED(name)                                                           \
  INTERPOSE(int, name, const char *path, int flags) {                                \
    int before = errno;                                                              \
    int descriptor = LIBC(name)(path, flags);                                        \
    return descriptor < 0 ? open_inside(AT_FDCWD, path, flags, before) : descriptor; \
  }
OPEN_CHECKED(__open_2)
OPEN_CHECKED(__open64_2)

#define OPENAT_CHECKED(name)                                                          \
  INTERPOSE(int, name, int directory, const char *path, int flags) {                  \
    int before = errno;                                                               \
    int descriptor = LIBC(name)(directory, path, flags);                              \
    return descriptor < 0 ? open_inside(directory, path, flags, before) : descriptor; \
  }
OPENAT_CHECKED(__openat_2)
OPENAT_CHECKED(__openat64_2)

/* --- streams ------------------------------------------------------------------------------------------------------ */

typedef struct _IO_FILE FILE;
FILE *fdopen(int, const char *);

/* The flags of open for a mode of fopen. */
static int flags_of(const char *mode) {
  int flags = mode[0] == 'r' ? O_RDONLY : O_CREAT | 1;
  for (; *mode; mode++) {
    if (*mode == '+') flags |= 2;
    if (*mode == 'e') flags |= O_CLOEXEC;
    if (*mode == ',') break;
  }
  return flags;
}

#define FOPEN(name)                                                       \
  INTERPOSE(FILE *, name, const char *path, const char *mode) {           \
    int before = errno;                                                   \
    path = own(path);                                                     \
    FILE *stream = LIBC(name)(path, mode);                                \
    if (stream) return stream;                                            \
    int descriptor = open_inside(AT_FDCWD, path, flags_of(mode), before); \
    return descriptor < 0 ? NULL : fdopen(descriptor, mode);              \
  }
FOPEN(fopen)
FOPEN(fopen64)

/* libc closes the old stream even when it fails, so that here the question comes first. */
#define FREOPEN(name)                                                            \
  INTERPOSE(FILE *, name, const char *path, const char *mode, FILE *stream) {    \
    struct entry found;                                                          \
    char again[32];                                                              \
    int descriptor = path && par.started && look_up(AT_FDCWD, path, ENOTDIR, &found) == 1 \
                         ? our_open(path, flags_of(mode)) : -1;                   \
    if (descriptor < 0) {                                                        \
      stream = LIBC(name)(path, mode, stream);                                   \
      if (!stream && path) refused(AT_FDCWD, path, errno);                       \
      return stream;                                                             \
    }                                                                            \
    FILE *result = LIBC(name)(descriptor_path(0, descriptor, again), mode, stream); \
    call1(SYS_close, descriptor);                                                \
    return result;                                                               \
  }
FREOPEN(freopen)
FREOPEN(freopen64)

/* --- status ------------------------------------------------------------------------------------------------------- */

uint64_t inode_of(const struct entry *entry) { return (par.inode * 0x9E3779B97F4A7C15 + entry->offset) & ~(1ul << 63); }
static uint32_t mode_of(const struct entry *entry) {
  if (entry->is_directory) return S_IFDIR | 0755;
  return S_IFREG | (entry->is_executable ? 0755 : 0644); /* a copy is to be writable */
}
static uint64_t size_of(const struct entry *entry) { return entry->is_directory ? 0 : entry->size; }

static int status_inside(int directory, const char *path, struct status *status, int before) {
  int error = errno;
  struct entry found;
  int result = look_up(directory, path, error, &found);
  if (result <= 0) return fail(result ? -result : error);
  if (par_status(status) < 0) return fail(EIO);
  status->inode = inode_of(&found);
  status->mode = mode_of(&found);
  status->size = size_of(&found);
  status->blocks = (status->size + BLOCK - 1) / BLOCK;
  status->links = 1;
  errno = before;
  return 0;
}

#define STAT(name)                                                              \
  INTERPOSE(int, name, const char *path, struct status *status) {               \
    int before = errno;                                                         \
    int result = LIBC(name)(path, status);                                      \
    return result < 0 ? status_inside(AT_FDCWD, path, status, before) : result; \
  }
STAT(stat)
STAT(stat64)
STAT(lstat)
STAT(lstat64)

#define FSTATAT(name)                                                                       \
  INTERPOSE(int, name, int directory, const char *path, struct status *status, int flags) { \
    int before = errno;                                                                     \
    int result = LIBC(name)(directory, path, status, flags);                                \
    return result < 0 ? status_inside(directory, path, status, before) : result;            \
  }
FSTATAT(fstatat)
FSTATAT(fstatat64)

/* Of programs linked before glibc 2.33. */
#define XSTAT(name)                                                             \
  INTERPOSE(int, name, int version, const char *path, struct status *status) {  \
    int before = errno;                                                         \
    int result = LIBC(name)(version, path, status);                             \
    return result < 0 ? status_inside(AT_FDCWD, path, status, before) : result; \
  }
XSTAT(__xstat)
XSTAT(__xstat64)
XSTAT(__lxstat)
XSTAT(__lxstat64)

#define FXSTATAT(name)                                                                                   \
  INTERPOSE(int, name, int version, int directory, const char *path, struct status *status, int flags) { \
    int before = errno;                                                                                  \
    int result = LIBC(name)(version, directory, path, status, flags);                                    \
    return result < 0 ? status_inside(directory, path, status, before) : result;                         \
  }
FXSTATAT(__fxstatat)
FXSTATAT(__fxstatat64)

/* The beginning of struct statx, the same on all machines. */
struct extended_status {
  uint32_t mask, block_size;
  uint64_t attributes;
  uint32_t links, user, group;
  uint16_t mode, unused;
  uint64_t inode, size, blocks;
};

static int extended_status_inside(int directory, const char *path, unsigned mask, struct extended_status *status, int before) {
  int error = errno;
  struct entry found;
  int result = look_up(directory, path, error, &found);
  if (result <= 0) return fail(result ? -result : error);
  long of_par = syscall6(SYS_statx, par_descriptor(), (long)"", AT_EMPTY_PATH, mask, (long)status, 0);
  if (failed(of_par)) return fail((int)-of_par);
  status->inode = inode_of(&found);
  status->mode = (uint16_t)mode_of(&found);
  status->size = size_of(&found);
  status->blocks = (status->size + BLOCK - 1) / BLOCK;
  status->links = 1;
  errno = before;
  return 0;
}

INTERPOSE(int, statx, int directory, const char *path, int flags, unsigned mask, struct extended_status *status) {
  int before = errno;
  int result = LIBC(statx)(directory, path, flags, mask, status);
  return result < 0 ? extended_status_inside(directory, path, mask, status, before) : result;
}

static int access_inside(int directory, const char *path, int mode, int before) {
  int error = errno;
  struct entry found;
  int result = look_up(directory, path, error, &found);
  if (result <= 0) return fail(result ? -result : error);
  if (mode & W_OK) return fail(EROFS);
  if (mode & X_OK && !found.is_directory && !found.is_executable) return fail(EACCES);
  errno = before;
  return 0;
}

#define ACCESS(name)                                                          \
  INTERPOSE(int, name, const char *path, int mode) {                          \
    int before = errno;                                                       \
    int result = LIBC(name)(path, mode);                                      \
    return result < 0 ? access_inside(AT_FDCWD, path, mode, before) : result; \
  }
ACCESS(access)
ACCESS(eaccess)
ACCESS(euidaccess)

INTERPOSE(int, faccessat, int directory, const char *path, int mode, int flags) {
  int before = errno;
  int result = LIBC(faccessat)(directory, path, mode, flags);
  return result < 0 ? access_inside(directory, path, mode, before) : result;
}

/* For a program of the par, what /proc/self/exe leads to; -1: another path. */
static long read_own_link(const char *path, char *target, size_t size) {
  if (own(path) == path) return -1;
  size_t whole = length(par.program);
  if (whole < size) size = whole;
  for (size_t i = 0; i < size; i++) target[i] = par.program[i];
  return (long)size;
}

/* Nothing in a par is a symbolic link. */
INTERPOSE(long, readlink, const char *path, char *target, size_t size) {
  long found = read_own_link(path, target, size);
  if (found >= 0) return found;
  long result = LIBC(readlink)(path, target, size);
  return result < 0 ? refused(AT_FDCWD, path, EINVAL) : result;
}
INTERPOSE(long, readlinkat, int directory, const char *path, char *target, size_t size) {
  long found = read_own_link(path, target, size);
  if (found >= 0) return found;
  long result = LIBC(readlinkat)(directory, path, target, size);
  return result < 0 ? refused(directory, path, EINVAL) : result;
}
INTERPOSE(long, __readlink_chk, const char *path, char *target, size_t size, size_t room) {
  long found = read_own_link(path, target, size);
  if (found >= 0) return found;
  long result = LIBC(__readlink_chk)(path, target, size, room);
  return result < 0 ? refused(AT_FDCWD, path, EINVAL) : result;
}
INTERPOSE(long, __readlinkat_chk, int directory, const char *path, char *target, size_t size, size_t room) {
  long result = LIBC(__readlinkat_chk)(directory, path, target, size, room);
  return result < 0 ? refused(directory, path, EINVAL) : result;
}

/* Nothing in a par has extended attributes. */
#define GETXATTR(name)                                                              \
  INTERPOSE(long, name, const char *path, const char *key, void *value, size_t size) { \
    long result = LIBC(name)(path, key, value, size);                               \
    return result < 0 ? refused(AT_FDCWD, path, ENODATA) : result;                  \
  }
GETXATTR(getxattr)
GETXATTR(lgetxattr)

#define LISTXATTR(name)                                                  \
  INTERPOSE(long, name, const char *path, char *keys, size_t size) {     \
    int before = errno;                                                  \
    long result = LIBC(name)(path, keys, size);                          \
    if (result >= 0) return result;                                      \
    return refused(AT_FDCWD, path, 0), errno ? -1 : (errno = before, 0); \
  }
LISTXATTR(listxattr)
LISTXATTR(llistxattr)

/* The file system is the one that the par is on. */
#define STATFS(name)                                     \
  INTERPOSE(int, name, const char *path, void *status) { \
    int before = errno;                                  \
    int result = LIBC(name)(path, status);               \
    if (result >= 0) return result;                      \
    refused(AT_FDCWD, path, 0);                          \
    if (errno) return -1;                                \
    errno = before;                                      \
    return LIBC(name)(par.paths[0], status);             \
  }
STATFS(statfs)
STATFS(statfs64)
STATFS(statvfs)
STATFS(statvfs64)

/* --- realpath ----------------------------------------------------------------------------------------------------- */

static char *resolve_inside(const char *path, char *resolved, int before) {
  int error = errno;
  char relative[LONGEST_PATH];
  struct entry found;
  if (!locate(AT_FDCWD, path, error, relative)) return fail(error), NULL;
  int result = find(relative, &found);
  if (result) return fail(-result), NULL;
  const char *parts[] = {par.paths[1], relative[0] ? "/" : "", relative};
  if (length(parts[0]) + 1 + length(relative) >= LONGEST_PATH) return fail(ENAMETOOLONG), NULL;
  if (!resolved) resolved = malloc(LONGEST_PATH);
  if (!resolved) return NULL;
  char *end = resolved;
  for (int i = 0; i < 3; i++)
    for (const char *from = parts[i]; *from;) *end++ = *from++;
  *end = 0;
  errno = before;
  return resolved;
}

INTERPOSE(char *, realpath, const char *path, char *resolved) {
  int before = errno;
  path = own(path);
  char *result = LIBC(realpath)(path, resolved);
  return result ? result : resolve_inside(path, resolved, before);
}
INTERPOSE(char *, __realpath_chk, const char *path, char *resolved, size_t room) {
  int before = errno;
  path = own(path);
  char *result = LIBC(__realpath_chk)(path, resolved, room);
  return result ? result : resolve_inside(path, resolved, before);
}
INTERPOSE(char *, canonicalize_file_name, const char *path) {
  int before = errno;
  path = own(path);
  char *result = LIBC(canonicalize_file_name)(path);
  return result ? result : resolve_inside(path, NULL, before);
}

/* --- syscall ------------------------------------------------------------------------------------------------------ */

/* Some libraries ask the kernel for what older libcs lack: libuv, Rust's. */
INTERPOSE(long, syscall, long number, ...) {
  va_list rest;
  va_start(rest, number);
  long a = va_arg(rest, long), b = va_arg(rest, long), c = va_arg(rest, long), d = va_arg(rest, long), e = va_arg(rest, long), f = va_arg(rest, long);
  va_end(rest);
  int before = errno;
  long result = LIBC(syscall)(number, a, b, c, d, e, f);
  if (result >= 0 || !par.started) return result;
  switch (number) {
    case SYS_openat: return open_inside((int)a, (const char *)b, (int)c, before);
    case SYS_newfstatat: return status_inside((int)a, (const char *)b, (struct status *)c, before);
    case SYS_statx: return extended_status_inside((int)a, (const char *)b, (unsigned)d, (struct extended_status *)e, before);
    case SYS_faccessat:
    case SYS_faccessat2: return access_inside((int)a, (const char *)b, (int)c, before);
    case SYS_readlinkat: return refused((int)a, (const char *)b, EINVAL);
    default: return result;
  }
}
