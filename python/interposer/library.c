/* Opens libraries of the par with a memory file that lacks what nobody writes to. ld.so would run constructors before that can be put in
 * its place. So the memory file does not say that there are any, and they are run here; and the host's libraries come first, or their
 * constructors might call functions by names that this library has, too (templates of C++). */

#include <elf.h>

#include "interposer.h"
#include "python/stub/plan.h"

enum { HIDDEN = 0x60000000, RTLD_NOW = 2, RTLD_DI_LINKMAP = 2, FUTEX_WAIT = 128, FUTEX_WAKE = 129 /* FUTEX_PRIVATE_FLAG */ }; /* such tags mean nothing to ld.so */

char *dlerror(void);
int dlinfo(void *, int, void *);
extern char **environ;

static int argument_count;
static char **arguments;

__attribute__((constructor)) static void keep_arguments(int count, char **values) { argument_count = count, arguments = values; }

static int hide(int memory, uint64_t place, uint64_t tag) {
  tag |= HIDDEN;
  return place && call4(SYS_pwrite64, memory, &tag, sizeof tag, place) != sizeof tag ? -EIO : 0;
}

static int hide_constructors(const struct plan *plan, int memory) {
  int result = hide(memory, plan->init_tag, DT_INIT);
  return result ? result : hide(memory, plan->init_array_tag, DT_INIT_ARRAY);
}

int make_library(const char *name, uint64_t offset, uint64_t size, const struct plan *plan) {
  int par = par_descriptor();
  if (par < 0) return par;
  int memory = new_memory_file(name, MFD_NOEXEC_SEAL);
  if (memory < 0) return memory;
  int result = copy_planned(plan, memory, par, offset, size);
  if (!result) result = hide_constructors(plan, memory);
  if (!result) return raised(memory);
  call1(SYS_close, memory);
  return result;
}

/* Puts the rest of a library in its place, by copying if need be: from a file system without execution nothing is mapped. */
static int complete(const struct plan *plan, uint64_t base, int memory, uint64_t offset, uint64_t size) {
  int par = par_descriptor();
  if (par < 0) return par;
  int is_mapped = !map_planned(plan, base, par, offset, (uint64_t)getpagesize());
  int result = is_mapped ? 0 : copy_to_memory(memory, 0, par, offset, size);
  finish_planned(plan, is_mapped, memory);
  return result;
}

/* Whether all are there now. */
static int load_first(const struct plan *plan) {
  const char *name = (const char *)(plan->parts + plan->copied + plan->mapped + plan->dropped);
  int are_there = 1;
  for (uint64_t i = 0; i < plan->host; i++, name += length(name) + 1) are_there &= libc_dlopen(name, RTLD_NOW) != NULL;
  return are_there;
}

/* For a library of the host that needs this one: its constructors run while ld.so opens this one, may call it, and write to its data. */
static int make_whole(const struct plan *plan, int memory, uint64_t offset, uint64_t size) {
  int par = par_descriptor();
  if (par < 0) return par;
  int result = copy_to_memory(memory, 0, par, offset, size);
  return result ? result : hide_constructors(plan, memory);
}

static void construct(const struct plan *plan, uint64_t base) {
  typedef void constructor(int, char **, char **);
  if (plan->init) ((constructor *)(base + plan->init))(argument_count, arguments, environ);
  constructor **array = (constructor **)(base + plan->init_array);
  for (uint64_t i = 0; i < plan->init_count; i++) array[i](argument_count, arguments, environ);
}

/* Of one thread at a time, over all interpreters of the process: ld.so links a library with one that another thread has opened, whether or
 * not that one is complete. A constructor may open further libraries. A child that was forked meanwhile has no such other thread. */
static struct {
  int state; /* 0: free; 1: taken; 2: taken, and another thread waits */
  int thread, process, depth;
} turn;

void take_turn(void) {
  int thread = (int)call1(SYS_gettid, 0), process = (int)call1(SYS_getpid, 0), none = 0;
  if (turn.depth && turn.process != process) turn.state = turn.depth = turn.thread = 0;
  if (__atomic_load_n(&turn.thread, __ATOMIC_RELAXED) != thread) {
    if (!__atomic_compare_exchange_n(&turn.state, &none, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
      while (__atomic_exchange_n(&turn.state, 2, __ATOMIC_ACQUIRE)) call4(SYS_futex, &turn.state, FUTEX_WAIT, 2, 0);
    turn.process = process;
    __atomic_store_n(&turn.thread, thread, __ATOMIC_RELAXED);
  }
  turn.depth++;
}

void end_turn(void) {
  if (--turn.depth) return;
  __atomic_store_n(&turn.thread, 0, __ATOMIC_RELAXED);
  if (__atomic_exchange_n(&turn.state, 0, __ATOMIC_RELEASE) == 2) call3(SYS_futex, &turn.state, FUTEX_WAKE, 1);
}

static const char *open_alone(const char *path, int flags, int memory, uint64_t offset, uint64_t size, const struct plan *plan, int is_redirected) {
  static const char unreadable[] = "the par cannot be read any more";
  int others = is_redirected ? count_objects() : 0;
  int is_whole = plan && !load_first(plan);
  if (is_whole && make_whole(plan, memory, offset, size)) return unreadable;
  void *library = libc_dlopen(path, flags);
  const uint64_t *base; /* what a struct link_map begins with */
  if (!library || dlinfo(library, RTLD_DI_LINKMAP, &base)) return dlerror();
  if (is_whole)
    finish_planned(plan, 0, memory);
  else if (plan && complete(plan, *base, memory, offset, size))
    return unreadable;
  if (is_redirected) redirect_calls(others);
  if (plan) construct(plan, *base);
  return NULL;
}

const char *open_library(const char *path, int flags, int memory, uint64_t offset, uint64_t size, const struct plan *plan, int is_redirected) {
  take_turn();
  const char *error = open_alone(path, flags, memory, offset, size, plan, is_redirected);
  end_turn();
  return error;
}
