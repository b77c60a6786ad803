/* All the programs of a system whose libc is musl: it starts others as programs in C do, and shows what it is.

     program spawn|exec|system COMMAND ARGUMENTS...
     program maps                    what the kernel has mapped for it
     sh -c "COMMAND ARGUMENTS..."    under that name it is the shell that system(3) needs; words have no quotes */

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __GLIBC__
#error "this is not musl"
#endif

extern char** environ;

static int failed(const char* what) {
  perror(what);
  return 127;
}

static int status_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

static int spawn(char** command) {
  pid_t child;
  int status;
  if (posix_spawnp(&child, command[0], NULL, NULL, command, environ) || waitpid(child, &status, 0) != child)
    return failed("posix_spawnp");
  return status_of(status);
}

static int with_system(char** command) {
  char line[4096] = "";
  for (; *command; ++command) {
    strcat(line, *command);
    if (command[1]) strcat(line, " ");
  }
  return status_of(system(line));
}

static int shell(char* line) {
  char* words[64];
  size_t count = 0;
  for (char* word = strtok(line, " "); word && count < 63; word = strtok(NULL, " ")) words[count++] = word;
  words[count] = NULL;
  execvp(words[0], words);
  return failed(words[0]);
}

static int maps(void) {
  FILE* file = fopen("/proc/self/maps", "r");
  if (!file) return failed("/proc/self/maps");
  for (int each; (each = getc(file)) != EOF;) putchar(each);
  return 0;
}

int main(int count, char** arguments) {
  const char* what = count > 1 ? arguments[1] : "";
  if (count > 2 && !strcmp(what, "-c")) return shell(arguments[count - 1]);
  if (!strcmp(what, "maps")) return maps();
  if (count > 2 && !strcmp(what, "spawn")) return spawn(arguments + 2);
  if (count > 2 && !strcmp(what, "system")) return with_system(arguments + 2);
  if (count > 2 && !strcmp(what, "exec")) {
    execv(arguments[2], arguments + 2);
    return failed(arguments[2]);
  }
  return 2;
}
