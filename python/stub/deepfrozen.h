#ifndef RULES_PAR_DEEPFROZEN_H
#define RULES_PAR_DEEPFROZEN_H

/* What deepfrozen.c has of an interpreter, and where its memory comes from (code_memory.c). */

#include "stub.h"

enum { SYMBOLS = 774 };

struct codes {
  PyObject *symbols[SYMBOLS];
  PyObject **names; /* those that were needed, by number */
  int64_t interpreter;
  int is_main, is_reclaimed; /* whether its memory is given back when it is gone */
  char *next, *end; /* what is left of the last chunk */
  size_t taken;
};

/* Zeroed memory for objects; NULL when there is none. Objects lie on 16 bytes. */
__attribute__((visibility("hidden"))) uint64_t *allocate(struct codes *codes, size_t size);

/* The same, of its own. `flags`: of mmap(2). */
__attribute__((visibility("hidden"))) void *allocate_apart(struct codes *codes, size_t size, int flags);

/* Gives back memory of interpreters that are gone: their objects refer to it to the end. */
__attribute__((visibility("hidden"))) void reclaim(void);

#endif
