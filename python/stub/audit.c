/* The audit module that ld.so loads in a full-mode par (rtld-audit(7)). It has no code of its own: the stub writes the
 * address of rp_opened over `hook`, which the builder found by its value. */

#include <stdint.h>

struct link_map;

static void (*volatile hook)(struct link_map *) __attribute__((used)) = (void (*)(struct link_map *))0x6b6f6f6872617072; /* "rparhook" */

__attribute__((visibility("default"))) unsigned la_version(unsigned version) { return version; }

/* An object was mapped, and nothing of it was relocated yet. */
__attribute__((visibility("default"))) unsigned la_objopen(struct link_map *map, long name_space, uintptr_t *cookie) {
  (void)name_space, (void)cookie;
  hook(map);
  return 0;
}
