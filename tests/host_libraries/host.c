#include <pthread.h>

extern int inner_answer(void);

static void *double_it(void *number) {
  *(int *)number *= 2;
  return 0;
}

/* 42, by another library and a thread. */
int host_answer(void) {
  pthread_t thread;
  int number = inner_answer() + 1;
  if (pthread_create(&thread, 0, double_it, &number)) return -1;
  pthread_join(thread, 0);
  return number;
}
