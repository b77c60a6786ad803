/* A program of the par that needs what lies beside it: a library, a file, a program. Says what it finds. */

#include <errno.h>
#include <limits.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

long base(void);

int main(int count, char **arguments) {
  char itself[PATH_MAX], path[PATH_MAX + 20], line[100], name[32] = "";
  ssize_t size = readlink("/proc/self/exe", itself, sizeof itself - 1);
  itself[size > 0 ? size : 0] = 0;
  FILE *kernel = fopen("/proc/self/comm", "r");
  if (kernel && fgets(name, sizeof name, kernel)) name[strcspn(name, "\n")] = 0;
  printf("%s\n%s\n%d\n%s\n%ld\n", itself, arguments[0], count, name, base());
  printf("%s\n", getenv("LD_PRELOAD") || getenv("LD_AUDIT") ? "preloaded" : "clean");
  char *directory = dirname(itself);
  snprintf(path, sizeof path, "%s/directory/file.txt", directory);
  FILE *file = fopen(path, "r");
  printf("%s", file && fgets(line, sizeof line, file) ? line : "no file\n");
  fflush(stdout);
  snprintf(path, sizeof path, "%s/program", directory);
  char *program[] = {path, "9", NULL};
  int status = 0;
  if (!fork()) {
    execv(path, program);
    _exit(errno);
  }
  wait(&status);
  printf("%d\n", WEXITSTATUS(status));
  return 3;
}
