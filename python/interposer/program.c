/* Programs that lie in the par, and libraries by path or name. */

#include "function.h"

/* A path to an executable copy of a program of the par. 0 when `path` leads elsewhere; -errno. */
static int copy_program(const char *path, int error, char copy[32]) {
  struct entry found;
  int result = look_up(AT_FDCWD, path, error, &found);
  if (result <= 0) return result;
  if (found.is_directory || !found.is_executable) return -EACCES;
  char start[2];
  result = found.size < 2 ? -ENOEXEC : read_par(start, sizeof start, found.offset);
  if (result) return result;
  /* The interpreter of a script opens it by the same path, after the exec. */
  int is_script = start[0] == '#' && start[1] == '!';
  int descriptor = open_entry(&found, path, 1, !is_script);
  if (descriptor < 0) return descriptor;
  descriptor_path(descriptor, copy);
  return 1;
}

#define EXEC(name, parameters, ...)                                   \
  INTERPOSE(int, name, const char *path, __VA_ARGS__) {               \
    LIBC(name) parameters; /* does not come back when it works */     \
    int error = errno;                                                \
    char copy[32];                                                    \
    int result = copy_program(path, error, copy);                     \
    if (result <= 0) return fail(result ? -result : error);           \
    path = copy;                                                      \
    return LIBC(name) parameters;                                     \
  }
EXEC(execve, (path, arguments, environment), char *const *arguments, char *const *environment)
EXEC(execv, (path, arguments), char *const *arguments)
EXEC(execvp, (path, arguments), char *const *arguments)
EXEC(execvpe, (path, arguments, environment), char *const *arguments, char *const *environment)

#define SPAWN(name)                                                                                                  \
  INTERPOSE(int, name, int *process, const char *path, const void *actions, const void *attributes, char *const *arguments, \
            char *const *environment) {                                                                               \
    int error = LIBC(name)(process, path, actions, attributes, arguments, environment);                               \
    char copy[32];                                                                                                    \
    int result = error ? copy_program(path, error, copy) : 0;                                                         \
    if (result <= 0) return result ? -result : error;                                                                 \
    error = LIBC(name)(process, copy, actions, attributes, arguments, environment);                                   \
    call1(SYS_close, number_in(copy));                                                                                \
    return error;                                                                                                     \
  }

static int number_in(const char *descriptor) {
  int number = 0;
  for (; *descriptor; descriptor++)
    if (*descriptor >= '0' && *descriptor <= '9') number = 10 * number + *descriptor - '0';
  return number;
}

SPAWN(posix_spawn)
SPAWN(posix_spawnp)

/* A path for dlopen of a library of the par; 0 when it is not one. */
__attribute__((noinline)) static const char *library_inside(const char *name) {
  char relative[LONGEST_PATH];
  int is_path = 0;
  for (const char *at = name; *at; at++) is_path |= *at == '/';
  if (is_path ? !locate(AT_FDCWD, name, ENOTDIR, relative) : !is_library_name(name)) return NULL;
  return load_library(is_path ? relative : name, is_path);
}

/* Ends in a jump to libc's, which takes its caller, whose RUNPATH counts, from the return address. */
INTERPOSE(void *, dlopen, const char *name, int flags) {
  const char *inside = par.started && name && *name ? library_inside(name) : NULL;
  return LIBC(dlopen)(inside ? inside : name, flags);
}
