/* Reads files and directories by path, with each of the functions that libraries use for it. Every function returns -errno when it fails. */

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <iconv.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

extern char **environ;

static long read_stream(FILE *stream, char *to, size_t room) {
  if (!stream) return -errno;
  long size = (long)fread(to, 1, room, stream);
  fclose(stream);
  return size;
}

static long read_descriptor(int descriptor, char *to, size_t room) {
  if (descriptor < 0) return -errno;
  long size = read(descriptor, to, room);
  close(descriptor);
  return size;
}

long read_by_fopen(const char *path, char *to, size_t room) { return read_stream(fopen(path, "rb"), to, room); }
long read_by_freopen(const char *path, char *to, size_t room) { return read_stream(freopen(path, "r", fopen("/dev/null", "r")), to, room); }
long read_by_syscall(const char *path, char *to, size_t room) {
  struct statx status;
  if (syscall(SYS_statx, AT_FDCWD, path, 0, STATX_SIZE, &status) || syscall(SYS_faccessat, AT_FDCWD, path, R_OK)) return -errno;
  long size = read_descriptor((int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY, 0), to, room);
  return size < 0 || (size_t)size == status.stx_size ? size : -EIO;
}
long read_by_open(const char *path, char *to, size_t room) { return read_descriptor(open(path, O_RDONLY | O_CLOEXEC), to, room); }

/* Relative to the directory that the par is in. */
long read_by_openat(const char *path, char *to, size_t room) {
  char parent[PATH_MAX];
  strcpy(parent, path);
  char *end = strstr(parent, ".par/");
  while (end > parent && *end != '/') end--;
  *end = 0;
  int directory = open(parent, O_DIRECTORY | O_RDONLY);
  long size = read_descriptor(openat(directory, path + (end + 1 - parent), O_RDONLY), to, room);
  close(directory);
  return size;
}

long read_by_mmap(const char *path, char *to, size_t room) {
  int descriptor = open(path, O_RDONLY);
  if (descriptor < 0) return -errno;
  struct stat status;
  fstat(descriptor, &status);
  void *content = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, descriptor, 0);
  close(descriptor);
  if (content == MAP_FAILED) return -errno;
  size_t size = (size_t)status.st_size < room ? (size_t)status.st_size : room;
  memcpy(to, content, size);
  munmap(content, (size_t)status.st_size);
  return (long)size;
}

long open_to_write(const char *path) {
  int descriptor = open(path, O_WRONLY | O_CREAT, 0644);
  return descriptor < 0 ? -errno : descriptor;
}

/* Size, or -2 for a directory as "-type". */
static long described(int result, const struct stat *status) {
  if (result) return -errno;
  return S_ISDIR(status->st_mode) ? 1000000 : status->st_size;
}

long size_by_stat(const char *path) {
  struct stat status;
  return described(stat(path, &status), &status);
}
long size_by_lstat(const char *path) {
  struct stat status;
  return described(lstat(path, &status), &status);
}
long size_by_fstatat(const char *path) {
  struct stat status;
  return described(fstatat(AT_FDCWD, path, &status, AT_SYMLINK_NOFOLLOW), &status);
}
long size_by_statx(const char *path) {
  struct statx status;
  if (statx(AT_FDCWD, path, 0, STATX_BASIC_STATS, &status)) return -errno;
  return S_ISDIR(status.stx_mode) ? 1000000 : (long)status.stx_size;
}

long may(const char *path, int mode) { return access(path, mode) ? -errno : 0; }
long read_link(const char *path) {
  char target[PATH_MAX];
  long size = readlink(path, target, sizeof target);
  return size < 0 ? -errno : size;
}
long attributes(const char *path) {
  long size = listxattr(path, NULL, 0);
  return size < 0 ? -errno : size;
}
long block_size(const char *path) {
  struct statvfs status;
  return statvfs(path, &status) ? -errno : (long)status.f_bsize;
}

long resolve(const char *path, char *to, size_t room) {
  char resolved[PATH_MAX];
  if (!realpath(path, resolved)) return -errno;
  return snprintf(to, room, "%s", resolved);
}

/* "name/" for a directory, one entry a line. */
long list(const char *path, char *to, size_t room) {
  DIR *directory = opendir(path);
  if (!directory) return -errno;
  size_t size = 0;
  const struct dirent *entry;
  for (int round = 0; round < 2; round++) {
    size = 0;
    rewinddir(directory);
    while ((entry = readdir(directory)) && size < room)
      size += (size_t)snprintf(to + size, room - size, "%s%s\n", entry->d_name, entry->d_type == DT_DIR ? "/" : "");
  }
  closedir(directory);
  return (long)size;
}

static int is_visible(const struct dirent *entry) { return entry->d_name[0] != '.'; }

/* By scandir, in the order of names, without "." and "..". */
long scan(const char *path, char *to, size_t room) {
  struct dirent **entries;
  int count = scandir(path, &entries, is_visible, alphasort);
  if (count < 0) return -errno;
  size_t size = 0;
  for (int i = 0; i < count; i++) {
    size += (size_t)snprintf(to + size, room - size, "%s\n", entries[i]->d_name);
    free(entries[i]);
  }
  free(entries);
  return (long)size;
}

/* By glob. */
long match(const char *pattern, char *to, size_t room) {
  glob_t matches;
  int error = glob(pattern, GLOB_MARK | GLOB_BRACE, NULL, &matches);
  if (error) return -error;
  size_t size = 0;
  for (size_t i = 0; i < matches.gl_pathc; i++) size += (size_t)snprintf(to + size, room - size, "%s\n", matches.gl_pathv[i]);
  globfree(&matches);
  return (long)size;
}

/* A call of libc that succeeds leaves errno alone. Two digits for each that does not. */
long changes_errno(const char *file, const char *directory) {
  char resolved[PATH_MAX];
  struct stat status;
  struct statx extended;
  struct statvfs system;
  long changed = 0;
  for (int call = 1; call <= 10; call++) {
    errno = EXDEV;
    int works = 0;
    switch (call) {
      case 1: works = open(file, O_RDONLY) >= 0; break;
      case 2: works = openat(AT_FDCWD, file, O_RDONLY) >= 0; break;
      case 3: works = fopen(file, "r") != NULL; break;
      case 4: works = !stat(file, &status); break;
      case 5: works = !fstatat(AT_FDCWD, file, &status, 0); break;
      case 6: works = !statx(AT_FDCWD, file, 0, STATX_BASIC_STATS, &extended); break;
      case 7: works = !access(file, R_OK) && !faccessat(AT_FDCWD, file, R_OK, 0); break;
      case 8: works = !listxattr(file, NULL, 0) && !statvfs(file, &system); break;
      case 9: works = realpath(file, resolved) != NULL; break;
      case 10: works = opendir(directory) != NULL; break;
    }
    if (!works || errno != EXDEV) changed = 100 * changed + call;
  }
  return changed;
}

static long status_of(pid_t process) {
  int status;
  waitpid(process, &status, 0);
  return WEXITSTATUS(status);
}

long spawn(const char *path, const char *argument) {
  char *arguments[] = {(char *)path, (char *)argument, NULL};
  pid_t process;
  int error = posix_spawn(&process, path, NULL, NULL, arguments, environ);
  return error ? -error : status_of(process);
}

long execute(const char *path, const char *argument) {
  char *arguments[] = {(char *)path, (char *)argument, NULL};
  pid_t process = fork();
  if (!process) {
    execv(path, arguments);
    _exit(errno);
  }
  return status_of(process);
}

/* Converts `size` bytes; `*made` gets the number of bytes in `to`, `*taken` of those read. 0 or -errno. */
long convert(const char *encodings, char *from, size_t size, char *to, size_t room, size_t *taken, size_t *made) {
  char target[64];
  const char *comma = strchr(encodings, ',');
  snprintf(target, sizeof target, "%.*s", (int)(comma - encodings), encodings);
  iconv_t conversion = iconv_open(target, comma + 1);
  if (conversion == (iconv_t)-1) return -errno;
  char *in = from, *out = to;
  size_t in_left = size, out_left = room;
  long result = iconv(conversion, &in, &in_left, &out, &out_left) == (size_t)-1 ? -errno : 0;
  if (!result && iconv(conversion, NULL, NULL, &out, &out_left) == (size_t)-1) result = -errno;
  *taken = (size_t)(in - from);
  *made = (size_t)(out - to);
  iconv_close(conversion);
  return result;
}

/* Calls `answer` of a library. */
long load(const char *path, char *to, size_t room) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) return -snprintf(to, room, "%s", dlerror());
  long (*answer)(void) = (long (*)(void))dlsym(library, "answer");
  return answer ? answer() : -1;
}
