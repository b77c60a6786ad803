/* Memory for code. It is never freed piece by piece: all of an interpreter's goes when the interpreter has gone. */

#include "deepfrozen.h"
#include "system.h"

/* Memory begins so. */
struct chunk {
  struct chunk *next;
  size_t size;
  int64_t interpreter;
  uint64_t reserved;
};

static struct chunk *chunks; /* of interpreters that will be gone */

static void put_into_list(struct chunk *first) {
  struct chunk *last = first;
  while (last->next) last = last->next;
  acquire();
  last->next = chunks;
  chunks = first;
  release();
}

void *allocate_apart(struct codes *codes, size_t size, int flags) {
  size = (size + sizeof(struct chunk) + process.page - 1) & -process.page;
  long address = syscall6(SYS_mmap, 0, (long)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  if (failed(address)) return NULL;
  struct chunk *chunk = (struct chunk *)address;
  chunk->size = size;
  chunk->interpreter = codes->interpreter;
  if (codes->is_reclaimed) put_into_list(chunk);
  return chunk + 1;
}

/* Whole chunks are touched at once, which costs less than faults; so the first ones are small. */
uint64_t *allocate(struct codes *codes, size_t size) {
  enum { LEAST = 1 << 16, MOST = 1 << 18 };
  size = (size + 15) & -16ul;
  if (size > (size_t)(codes->end - codes->next)) {
    size_t room = codes->taken / 8 < LEAST ? LEAST : codes->taken / 8 > MOST ? MOST : codes->taken / 8;
    room -= sizeof(struct chunk);
    if (room < size) room = size;
    char *found = allocate_apart(codes, room, MAP_POPULATE);
    if (!found) return NULL;
    codes->next = found;
    codes->end = found + room;
    codes->taken += room;
  }
  char *found = codes->next;
  codes->next += size;
  return (uint64_t *)found;
}

void reclaim(void) {
  USE(void *, _PyInterpreterState_LookUpID, int64_t);
  USE(void, PyErr_Clear, void);
  acquire();
  struct chunk *left = NULL, *chunk = chunks;
  chunks = NULL;
  release();
  while (chunk) {
    struct chunk *next = chunk->next;
    if (_PyInterpreterState_LookUpID(chunk->interpreter)) {
      chunk->next = left;
      left = chunk;
    } else {
      PyErr_Clear();
      call2(SYS_munmap, chunk, chunk->size);
    }
    chunk = next;
  }
  if (left) put_into_list(left);
}
