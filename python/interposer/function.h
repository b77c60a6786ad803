/* How a function of libc is replaced. */

#ifndef RULES_PAR_FUNCTION_H
#define RULES_PAR_FUNCTION_H

#include "interposer.h"

/* One that stands before libc's function of that name. A section of the object has pointers to all of them. */
struct function {
  const char *name;
  void *ours;
  void *libc; /* NULL until it was looked up */
};

/* Looks up libc's function; one that fails with ENOSYS when there is none. */
void *libc_function(struct function *function);

#define EXPORT __attribute__((visibility("default")))

/* Defines `name` of libc. Calls inside this object, and hook.c, mean `our_name`: to the linker, `name` may be libc's. */
#define INTERPOSE(result, name, ...)                                                                                  \
  static result our_##name(__VA_ARGS__);                                                                               \
  EXPORT result name(__VA_ARGS__) __attribute__((alias("our_" #name)));                                                \
  static struct function function_##name = {#name, our_##name, 0};                                                     \
  static struct function *pointer_##name __attribute__((section("rules_par_functions"), used)) = &function_##name;     \
  static result our_##name(__VA_ARGS__)

#define LIBC(name) ((__typeof__(&our_##name))(function_##name.libc ? function_##name.libc : libc_function(&function_##name)))

#endif
