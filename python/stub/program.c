/* A program that lies in the par, started as Python is: with the par's ld.so and libraries, and the interposer before them. It is the par
 * that was executed, so no file in memory needs to be executable, and /proc/self/exe leads to the par. */

#include "stub.h"

#include <stddef.h>

#include "system.h"

enum { LONGEST_PATH = 4096, PR_SET_NAME = 15 };

static const struct programs *programs;

/* The number in "/proc/self/BITS/exe": from the most significant one, "./" for a bit that is set, "/" for one that is not (the interposer's
 * program.c writes it). 0: it is another path. */
static uint32_t number_in(const char *path) {
  if (!starts_with(path, "/proc/self/")) return 0;
  uint32_t number = 0;
  for (path += sizeof "/proc/self/" - 1; *path == '.' || *path == '/'; path++) {
    number = number << 1 | (*path == '.');
    if (*path == '.') path++;
  }
  return equal(path, "exe") ? number : 0;
}

const char *in_programs(uint32_t offset) { return (const char *)programs + offset; }

static void find_own_paths(void) {
  static char par[LONGEST_PATH], program[2 * LONGEST_PATH];
  long size = call4(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", par, sizeof par - 1);
  par[failed(size) ? 0 : size] = 0;
  static const char gone[] = " (deleted)"; /* what the kernel adds to the path of a par that was replaced */
  if (size > (long)sizeof gone && equal(par + size - (sizeof gone - 1), gone) && !is_par(par)) par[size - (sizeof gone - 1)] = 0;
  process.path = par;
  const char *parts[] = {par, "/", in_programs(process.program->path)};
  char *end = program;
  for (int i = 0; i < 3; i++)
    for (const char *from = parts[i]; *from && end < program + sizeof program - 1;) *end++ = *from++;
  process.program_path = program;
}

void choose_program(void) {
  uint32_t number = number_in(process.path);
  if (!number || !header.programs_size) return;
  long record = syscall6(SYS_mmap, 0, (long)header.programs_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (failed(record)) refuse(SYSTEM, "the system does not let it map memory: raise the memory limit (ulimit -v)", NULL);
  programs = (const struct programs *)record;
  read_at(process.par, (void *)record, header.programs_size, header.programs_offset);
  if (number > programs->count) refuse(DAMAGED, "has no such program: it was replaced while it ran: start it again", NULL);
  process.program = &programs->programs[number - 1];
  find_own_paths();
}

const struct image *program_libraries(void) { return (const struct image *)in_programs(process.program->libraries); }

/* libc has the environment that was made for ld.so. Constructors may have changed it, and then it is another array. */
static void forget_variables(char ***environment, char **of_linker) {
  if (*environment == of_linker) {
    *environment = process.environment;
    return;
  }
  char **kept = *environment;
  for (char **each = kept; *each; each++)
    if (!starts_with(*each, "LD_PRELOAD=/proc/self/./") && !starts_with(*each, "LD_AUDIT=/proc/self/./")) *kept++ = *each;
  *kept = NULL;
}

void run_program(const long *stack, void (*at_exit)(void)) {
  void (*start)(int, const char *, const volatile uint64_t *, const char *) = required("rules_par_start");
  forget_variables(required("environ"), (char **)(stack + process.argc + 2));
  start(process.par, process.path, &header.index_offset, process.program_path);
  finish_libraries();
  const char *name = process.program_path;
  for (const char *from = name; *from; from++)
    if (*from == '/') name = from + 1;
  call2(SYS_prctl, PR_SET_NAME, name);
  /* Below what ld.so got from us, into which libc keeps pointers (getauxval, argv of constructors); with the user's environment. */
  const long *auxiliary = stack + process.argc + 2;
  while (*auxiliary++) {}
  size_t count = 0, size = 2;
  while (process.environment[count++]) {}
  while (auxiliary[size - 2]) size += 2;
  long room[process.argc + 2 + count + size + 1], *block = (long *)(((uintptr_t)room + 15) & -16ul), *next = block;
  *next++ = process.argc;
  for (int i = 0; i <= process.argc; i++) *next++ = (long)process.argv[i];
  for (size_t i = 0; i < count; i++) *next++ = (long)process.environment[i];
  for (size_t i = 0; i < size; i++) *next++ = auxiliary[i];
  jump(process.entry, block, at_exit);
}
