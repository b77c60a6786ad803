/* A program of the par that needs what lies beside it: a library, a file, a program. Says what it finds. */

#include <errno.h>
#include <limits.h>
#include <libgen.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

long base(void);

static void *wait_for_the_end(void *nothing) {
  for (;;) pause();
  return nothing;
}

int main(int count, char **arguments) {
  if (count == 2 && !strcmp(arguments[1], "x")) { /* starts itself again */
    char *again[] = {arguments[0], "x", "y", NULL};
    execv("/proc/self/exe", again);
    return errno;
  }
  char itself[PATH_MAX], path[PATH_MAX + 20], line[100], name[32] = "";
  ssize_t size = readlink("/proc/self/exe", itself, sizeof itself - 1);
  itself[size > 0 ? size : 0] = 0;
  FILE *kernel = fopen("/proc/self/comm", "r");
  if (kernel && fgets(name, sizeof name, kernel)) name[strcspn(name, "\n")] = 0;
  printf("%s\n%s\n%d\n%s\n%ld\n", itself, arguments[0], count, name, base());
  printf("%s\n", getenv("LD_PRELOAD") || getenv("LD_AUDIT") ? "preloaded" : "clean");
  printf("%s\n", (const char *)getauxval(AT_EXECFN));
  pthread_t thread; /* glibc loads libgcc_s for it */
  void *result = NULL;
  if (!pthread_create(&thread, NULL, wait_for_the_end, NULL) && !pthread_cancel(thread)) pthread_join(thread, &result);
  printf("%s\n", result == PTHREAD_CANCELED ? "cancelled" : "not cancelled");
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
