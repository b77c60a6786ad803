/* The variables by which a caller says what a par is to run (PAR_SCRIPT and others). They are for this start only, so they
 * are gone before anything else runs: from the array of pointers, which children get, and from the memory behind it, which is
 * what /proc/self/environ shows. */

#include "stub.h"

static const char *const names[CONTROLS] = {"PAR_INTERPRETER=", "PAR_MODULE=", "PAR_PATH=", "PAR_SCRIPT="};

static int control(const char *variable) {
  int which = 0;
  while (which < CONTROLS && !starts_with(variable, names[which])) which++;
  return which;
}

size_t controls_size(char **environment) {
  size_t size = 1; /* an array has at least one element */
  for (; *environment; environment++)
    if (control(*environment) < CONTROLS) size += strlen(*environment) + 1;
  return size;
}

void take_controls(char **environment, char *room) {
  /* The kernel puts the strings one after another. Those that stay move down over those that do not. */
  char **kept = environment, *end = *environment, *stop = end;
  for (char **each = environment; *each; each++) {
    char *variable = *each;
    size_t size = strlen(variable) + 1;
    int which = control(variable);
    stop = variable + size;
    if (which < CONTROLS) {
      if (!process.controls[which]) process.controls[which] = room + strlen(names[which]);
      memcpy(room, variable, size);
      room += size;
      continue;
    }
    *kept++ = end;
    if (end == variable)
      end = stop;
    else
      while (variable < stop) *end++ = *variable++;
  }
  while (end < stop) *end++ = 0;
  *kept = NULL;
}

int is_switched_on(int which) {
  const char *value = process.controls[which];
  return value && value[0] && !equal(value, "0");
}
