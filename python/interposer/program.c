/* Programs that lie in the par, and libraries by path or name. */

#include "function.h"

#define MARK "/.//" /* in sys.executable (reentry.py) */
enum { X_OK = 1, LONGEST_LINE = 256, MOST_WORDS = 16 };

/* How a program of the par is started. */
struct program {
  const char *path;                        /* what to execute */
  const char *words[MOST_WORDS + 2];       /* of a script: what its arguments begin with, instead of its name */
  int word_count;                          /* 0: the arguments stay */
  char line[LONGEST_LINE + 1];             /* the first one of a script, cut up into words */
  char copy[32];                           /* path of the file in memory */
  int descriptor;                          /* of that file; -1 when there is none */
  char python[LONGEST_PATH + sizeof MARK]; /* what runs a script in Python */
  char stub[96];                           /* the par, by the path that has the stub start the program */
};

static int is_blank(char character) { return character == ' ' || character == '\t'; }

/* The next word of a line, and its end; an empty one at the end of the line. */
static const char *next_word(const char *line, const char **end) {
  while (is_blank(*line)) line++;
  for (*end = line; **end && !is_blank(**end);) ++*end;
  return line;
}

static int is_word(const char *word, const char *end, const char *expected) {
  while (word < end && *expected && *word == *expected) word++, expected++;
  return word == end && !*expected;
}

/* What follows the interpreter in the first line of a script in Python; NULL when it is in another language. */
static const char *after_python(const char *line) {
  const char *end, *word = next_word(line, &end);
  if (end - word >= 4 && is_word(end - 4, end, "/env")) {
    word = next_word(end, &end);
    if (is_word(word, end, "-S")) word = next_word(end, &end);
  }
  for (const char *at = word; at < end; at++)
    if (*at == '/') word = at + 1;
  return end - word >= 6 && is_word(word, word + 6, "python") ? end : NULL;
}

/* Cuts a line up; the last of `most` words has the rest of it. */
static void add_words(struct program *program, const char *line, int most) {
  char *at = program->line + (line - program->line);
  while (most--) {
    while (is_blank(*at)) *at++ = 0;
    if (!*at) return;
    program->words[program->word_count++] = at;
    while (*at && (!most || !is_blank(*at))) at++;
    while (!most && is_blank(at[-1])) *--at = 0;
  }
}

int access(const char *, int);
unsigned getuid(void), geteuid(void), getgid(void), getegid(void);

/* sys.executable; 0 when the par cannot be started by its path. */
static int python_of_par(char *path) {
  size_t name = length(par.paths[0]);
  while (par.paths[0][--name] != '/') {}
  const char *parts[] = {par.paths[0], MARK, par.paths[0] + name + 1};
  const size_t sizes[] = {name, length(MARK), length(parts[2])};
  char *end = path;
  for (int i = 0; i < 3; i++)
    for (size_t j = 0; j < sizes[i]; j++) *end++ = parts[i][j];
  *end = 0;
  return !access(path, X_OK);
}

/* The stub reads it: python/stub/program.c. */
static void write_stub_path(char *path, uint32_t number) {
  for (const char *from = "/proc/self/"; *from;) *path++ = *from++;
  int bit = 31;
  while (!(number >> bit)) bit--;
  for (; bit >= 0; bit--) {
    if (number >> bit & 1) *path++ = '.';
    *path++ = '/';
  }
  for (const char *from = "exe"; (*path++ = *from++);) {}
}

/* 1; 0 when `path` leads elsewhere; -errno. */
static int prepare(struct program *program, const char *path, int error) {
  struct entry found;
  int result = look_up(AT_FDCWD, path, error, &found);
  if (result <= 0) return result;
  if (found.is_directory || !found.is_executable) return -EACCES;
  size_t size = found.size < LONGEST_LINE ? found.size : LONGEST_LINE;
  result = size < 2 ? -ENOEXEC : read_par(program->line, size, found.offset);
  if (result) return result;
  program->word_count = 0;
  program->descriptor = -1;
  if (found.program && getuid() == geteuid() && getgid() == getegid()) { /* else ld.so would not take the stub's variables */
    write_stub_path(program->stub, found.program);
    program->path = program->stub;
    return 1;
  }
  program->line[size] = 0;
  int is_script = program->line[0] == '#' && program->line[1] == '!';
  if (is_script) {
    for (char *at = program->line; *at; at++)
      if (*at == '\n') *at = 0;
    const char *rest = after_python(program->line + 2);
    /* The Python that the line names does not know the par. */
    if (rest && python_of_par(program->python)) {
      program->words[program->word_count++] = program->python;
      add_words(program, rest, MOST_WORDS - 1);
      program->words[program->word_count++] = path;
      program->path = program->words[0];
      return 1;
    }
    /* As the kernel does it, which may not execute what is in memory (vm.memfd_noexec). */
    add_words(program, program->line + 2, 2);
    if (!program->word_count) return -ENOEXEC;
  }
  /* The interpreter of a script opens it after the exec. */
  program->descriptor = open_entry(&found, path, !is_script, !is_script);
  if (program->descriptor < 0) return program->descriptor;
  program->path = descriptor_path(0, program->descriptor, program->copy);
  if (is_script) {
    program->words[program->word_count++] = program->path;
    program->path = program->words[0];
  }
  return 1;
}

static void finish(const struct program *program) {
  if (program->descriptor >= 0) call1(SYS_close, program->descriptor);
}

static size_t count_of(char *const *arguments) {
  size_t count = 0;
  while (arguments && arguments[count]) count++;
  return count;
}

/* The arguments that the program gets; `room` has place for MOST_WORDS + 2 more than there are. */
static char *const *arguments_for(const struct program *program, char *const *arguments, const char **room) {
  if (!program->word_count) return arguments;
  size_t used = 0, count = count_of(arguments);
  for (int i = 0; i < program->word_count; i++) room[used++] = program->words[i];
  for (size_t i = 1; i < count; i++) room[used++] = arguments[i];
  room[used] = NULL;
  return (char *const *)room;
}

#define EXEC(name, parameters, ...)                                     \
  INTERPOSE(int, name, const char *path, __VA_ARGS__) {                 \
    path = own(path);                                                   \
    LIBC(name) parameters; /* does not come back when it works */       \
    int error = errno;                                                  \
    struct program program;                                             \
    int result = prepare(&program, path, error);                        \
    if (result <= 0) return fail(result ? -result : error);             \
    const char *room[count_of(arguments) + MOST_WORDS + 2];             \
    arguments = arguments_for(&program, arguments, room);               \
    path = program.path;                                                \
    LIBC(name) parameters;                                              \
    error = errno;                                                      \
    finish(&program);                                                   \
    return fail(error);                                                 \
  }
EXEC(execve, (path, arguments, environment), char *const *arguments, char *const *environment)
EXEC(execv, (path, arguments), char *const *arguments)
EXEC(execvp, (path, arguments), char *const *arguments)
EXEC(execvpe, (path, arguments, environment), char *const *arguments, char *const *environment)

/* The beginning of posix_spawn_file_actions_t (spawn.h), which callers have room for. */
struct actions {
  int allocated, used;
};
int posix_spawn_file_actions_init(struct actions *);
int posix_spawn_file_actions_addopen(struct actions *, int, const char *, int, unsigned);
int posix_spawn_file_actions_destroy(struct actions *);

/* Of this process, as /proc counts: it may be that of another namespace. */
static long own_number(void) {
  char digits[24];
  long size = call4(SYS_readlinkat, AT_FDCWD, "/proc/self", digits, sizeof digits), number = 0;
  for (long i = 0; i < size; i++) number = 10 * number + digits[i] - '0';
  return number;
}

typedef int spawn_function(int *, const char *, const void *, const void *, char *const *, char *const *);

/* When the child comes to the exec, it may have been told to close all descriptors. So it takes the file from its parent, and for a script
 * opens it once more: the last of its actions, for this one start. */
static int spawn(spawn_function *start, const struct program *program, int *process, struct actions *actions, const void *attributes,
                 char *const *arguments, char *const *environment) {
  struct {
    struct actions actions;
    char rest[128];
  } own;
  char parent[32];
  descriptor_path(own_number(), program->descriptor, parent);
  int is_script = program->word_count, error = 0;
  if (program->descriptor < 0 || !is_script) {
    error = start(process, program->descriptor < 0 ? program->path : parent, actions, attributes, arguments, environment);
  } else {
    if (!actions) error = posix_spawn_file_actions_init(actions = &own.actions);
    int used = actions->used;
    if (!error) error = posix_spawn_file_actions_addopen(actions, program->descriptor, parent, O_RDONLY, 0);
    if (!error) error = start(process, program->path, actions, attributes, arguments, environment);
    if (actions == &own.actions) posix_spawn_file_actions_destroy(actions);
    else actions->used = used;
  }
  finish(program);
  return error;
}

#define SPAWN(name)                                                                                                    \
  INTERPOSE(int, name, int *process, const char *path, const void *actions, const void *attributes, char *const *arguments, \
            char *const *environment) {                                                                                \
    path = own(path);                                                                                                  \
    int error = LIBC(name)(process, path, actions, attributes, arguments, environment);                                \
    struct program program;                                                                                            \
    int result = error ? prepare(&program, path, error) : 0;                                                           \
    if (result <= 0) return result ? -result : error;                                                                  \
    const char *room[count_of(arguments) + MOST_WORDS + 2];                                                            \
    arguments = arguments_for(&program, arguments, room);                                                              \
    return spawn(LIBC(name), &program, process, (struct actions *)actions, attributes, arguments, environment);        \
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

void *libc_dlopen(const char *path, int flags) { return LIBC(dlopen)(path, flags); }
