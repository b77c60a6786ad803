/* Libraries of the par in memory files, for the stub and for python/interposer: what ld.so reads of a library is copied, what nobody
 * writes to is mapped from the par. The builder plans it (tools/builder/sparse.py). */

#ifndef RULES_PAR_PLAN_H
#define RULES_PAR_PLAN_H

#include "system.h"

/* Of a library. `offset` is in the file; `address` in the mapped library, from its base. */
struct part {
  uint64_t offset, size;
  uint64_t address, protection; /* of what is mapped */
};
struct plan {
  uint64_t init, init_array, init_count; /* constructors that ld.so is not to run: addresses; 0: there are none */
  uint64_t init_tag, init_array_tag;     /* where in the file the dynamic array says so; 0: nowhere */
  uint64_t copied, mapped, dropped;      /* so many parts follow: what is copied; what is mapped over it; what is then of no use */
  uint64_t host;                         /* so many names follow the parts: libraries of the host to load first; each ends in a zero byte */
  struct part parts[];
};

/* A new memory file, or -errno. `purpose`: MFD_EXEC or MFD_NOEXEC_SEAL. */
static inline int new_memory_file(const char *name, int purpose) {
  int wanted = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  long file = call2(SYS_memfd_create, name, wanted | purpose);
  if (file == -EINVAL) file = call2(SYS_memfd_create, name, wanted); /* before Linux 6.3 */
  return (int)file;
}

/* Copies `size` bytes at `from` of the par to `to` of the memory file. Returns -errno. */
static inline int copy_to_memory(int memory, uint64_t to, int par, uint64_t from, uint64_t size) {
  int64_t next = (int64_t)from;
  if (size && call3(SYS_lseek, memory, to, SEEK_SET) < 0) return -EIO;
  while (size) {
    long sent = call4(SYS_sendfile, memory, par, &next, size);
    if (sent == -EINTR) continue;
    if (sent <= 0) return sent ? (int)sent : -EIO;
    size -= (uint64_t)sent;
  }
  return 0;
}

/* Copies what the plan says of the library at `library`, `size` bytes. Returns -errno. */
static inline int copy_planned(const struct plan *plan, int memory, int par, uint64_t library, uint64_t size) {
  int result = (int)call2(SYS_ftruncate, memory, size);
  for (const struct part *part = plan->parts; !result && part < plan->parts + plan->copied; part++)
    result = copy_to_memory(memory, part->offset, par, library + part->offset, part->size);
  return result;
}

/* Maps the rest over what ld.so has mapped. Returns -errno. */
static inline int map_planned(const struct plan *plan, uint64_t base, int par, uint64_t library, uint64_t page) {
  const struct part *part = plan->parts + plan->copied;
  for (const struct part *end = part + plan->mapped; part < end; part++) {
    uint64_t before = part->address & (page - 1);
    long result = syscall6(SYS_mmap, (long)(base + part->address - before), (long)(part->size + before), (long)part->protection, MAP_PRIVATE | MAP_FIXED, par,
                           (long)(library + part->offset - before));
    if (failed(result)) return (int)result;
  }
  return 0;
}

/* The memory file is complete, and stays as it is; where the rest is mapped, without what only ld.so had to read. */
static inline void finish_planned(const struct plan *plan, int is_mapped, int memory) {
  const struct part *part = plan->parts + plan->copied + plan->mapped;
  for (const struct part *end = part + plan->dropped; is_mapped && part < end; part++)
    call4(SYS_fallocate, memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, part->offset, part->size);
  call3(SYS_fcntl, memory, F_ADD_SEALS, ALL_SEALS);
}

/* The descriptor as a number of 300 or more, if the limits allow it. */
static inline int raised(int descriptor) {
  long high = call3(SYS_fcntl, descriptor, F_DUPFD_CLOEXEC, LOWEST_DESCRIPTOR);
  if (failed(high)) return descriptor; /* RLIMIT_NOFILE is that low */
  call1(SYS_close, descriptor);
  return (int)high;
}

#endif
