/* Which paths lie below the par, and what is there. */

#include "interposer.h"
#include "python/stub/plan.h"

enum { S_IFMT = 0170000, S_IFREG = 0100000 };

size_t length(const char *text) {
  size_t size = 0;
  while (text[size]) size++;
  return size;
}

int same(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

int fail(int error) {
  errno = error;
  return -1;
}

static int is_par(const struct status *status) {
  return (status->mode & S_IFMT) == S_IFREG && status->device == par.device && status->inode == par.inode;
}

/* Copies a path without ".", ".." and repeated "/", which the kernel would have to walk. 0 when it leads out of the par, or is too long. */
static int normalize(const char *path, char *result) {
  char *end = result;
  while (*path) {
    size_t size = 0;
    while (path[size] && path[size] != '/') size++;
    if (size == 2 && path[0] == '.' && path[1] == '.') {
      if (end == result) return 0;
      while (end > result && *--end != '/') {}
    } else if (size && !(size == 1 && path[0] == '.')) {
      if (end - result + size + 2 > LONGEST_PATH) return 0;
      if (end > result) *end++ = '/';
      for (size_t i = 0; i < size; i++) *end++ = path[i];
    }
    path += size;
    while (*path == '/') path++;
  }
  *end = 0;
  return 1;
}

int locate(int directory, const char *path, int error, char *relative) {
  if (!par.started || !path || (error != ENOTDIR && error != ENOENT)) return 0;
  for (int i = 0; i < 2; i++) {
    const char *known = par.paths[i], *rest = path;
    while (*known && *known == *rest) known++, rest++;
    if (!*known && par.paths[i][0] && (*rest == '/' || (!*rest && error == ENOTDIR))) return normalize(rest, relative);
  }
  if (error != ENOTDIR) return 0; /* once the par is unlinked, only those */
  /* Another spelling. The longest prefix that exists must be the par. */
  char prefix[LONGEST_PATH];
  size_t size = length(path);
  if (size >= LONGEST_PATH) return 0;
  for (size_t i = 0; i <= size; i++) prefix[i] = path[i];
  for (;;) {
    struct status status;
    long result = call4(SYS_newfstatat, directory, prefix, &status, 0);
    if (!result) return is_par(&status) && normalize(path + size, relative);
    if (result != -ENOTDIR) return 0;
    do {
      if (!size) return 0;
    } while (prefix[--size] != '/');
    prefix[size] = 0;
  }
}

int look_up(int directory, const char *path, int error, struct entry *found) {
  char relative[LONGEST_PATH];
  if (!locate(directory, path, error, relative)) return 0;
  int result = find(relative, found);
  if (result) return result;
  return !found->is_directory && path[length(path) - 1] == '/' ? -ENOTDIR : 1;
}

int par_status(struct status *status) {
  if (!call2(SYS_fstat, par.descriptor, status) && is_par(status)) return par.descriptor;
  for (int i = 0; i < 2; i++) {
    long descriptor = call4(SYS_openat, AT_FDCWD, i ? "/proc/self/exe" : par.paths[0], O_RDONLY | O_CLOEXEC, 0);
    if (failed(descriptor)) continue;
    if (!call2(SYS_fstat, descriptor, status) && is_par(status)) return par.descriptor = (int)descriptor;
    call1(SYS_close, descriptor);
  }
  return -EIO;
}

int par_descriptor(void) {
  struct status status;
  return par_status(&status);
}

int read_par(void *to, size_t size, uint64_t offset) {
  int descriptor = par_descriptor();
  if (descriptor < 0) return descriptor;
  while (size) {
    long got = call4(SYS_pread64, descriptor, to, size, offset);
    if (got == -EINTR) continue;
    if (got <= 0) return got ? (int)got : -EIO;
    to = (char *)to + got;
    size -= got;
    offset += got;
  }
  return 0;
}

const char *descriptor_path(long process, int descriptor, char room[32]) {
  char *end = room;
  const char *parts[] = {"/proc/", "self", "/fd/", ""};
  char digits[2][24];
  const long numbers[] = {process, descriptor};
  for (int i = 0; i < 2; i++) {
    char *digit = digits[i] + sizeof digits[i] - 1;
    long number = numbers[i];
    *digit = 0;
    do *--digit = (char)('0' + number % 10); while (number /= 10);
    if (i || process) parts[2 * i + 1] = digit;
  }
  for (int i = 0; i < 4; i++)
    for (const char *from = parts[i]; *from;) *end++ = *from++;
  *end = 0;
  return room;
}

int open_entry(const struct entry *file, const char *path, int is_program, int close_on_exec) {
  int from = par_descriptor();
  if (from < 0) return from;
  const char *name = path;
  for (; *path; path++)
    if (*path == '/' && path[1]) name = path + 1;
  char short_name[200];
  size_t size = length(name) < sizeof short_name ? length(name) : sizeof short_name - 1;
  for (size_t i = 0; i < size; i++) short_name[i] = name[i];
  short_name[size] = 0;
  int memfd = new_memory_file(short_name, is_program ? MFD_EXEC : MFD_NOEXEC_SEAL);
  if (memfd < 0) return memfd;
  int result = copy_to_memory(memfd, 0, from, file->offset, file->size);
  /* Opened anew, it is read-only, so that it can be mapped shared, which kernels before 6.7 refuse for a sealed one. */
  char again[32];
  long descriptor = result ? result : call4(SYS_openat, AT_FDCWD, descriptor_path(0, memfd, again), O_RDONLY | (close_on_exec ? O_CLOEXEC : 0), 0);
  call3(SYS_fcntl, memfd, F_ADD_SEALS, ALL_SEALS);
  call1(SYS_close, memfd);
  return (int)descriptor;
}
