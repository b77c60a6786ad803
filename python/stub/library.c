/* Libraries that ld.so loads with the interpreter, in memory files. What nobody writes to is mapped from the par. In full mode the memory
 * files lack it from the start, and the audit module (audit.c) has it mapped; in embedded mode ld.so reads complete ones first. */

#include "stub.h"

#include <elf.h>
#include <stddef.h>

#include "plan.h"

int memory_file_of(const struct image *image, const char *name) {
  int memory = new_memory_file(name, MFD_NOEXEC_SEAL);
  if (memory < 0) return memory;
  int result = image->plan ? copy_planned(boot_at(image->plan), memory, process.par, image->offset, image->size)
                           : copy_to_memory(memory, 0, process.par, image->offset, image->size);
  if (result) {
    call1(SYS_close, memory);
    return result;
  }
  if (image->kind != IMAGE_AUDIT && !image->plan) call3(SYS_fcntl, memory, F_ADD_SEALS, ALL_SEALS);
  return raised(memory);
}

void finish_libraries(void) {
  while (process.library_count) {
    int number = --process.library_count, memory = process.libraries[number].descriptor;
    const struct image *image = process.libraries[number].image;
    if (image->plan) finish_planned(boot_at(image->plan), 1, memory);
    call1(SYS_close, memory);
  }
}

/* ld.so mapped an object: what it will not write to is mapped from the par instead of from the memory file. */
void library_opened(struct link_map *object) {
  if (!starts_with(object->l_name, "/proc/self/")) return;
  const char *digits = object->l_name + strlen(object->l_name);
  while (digits[-1] != '/') digits--;
  int descriptor = 0;
  for (; *digits >= '0' && *digits <= '9'; digits++) descriptor = 10 * descriptor + *digits - '0';
  for (int i = 0; i < process.library_count && !*digits; i++) {
    const struct image *image = process.libraries[i].image;
    if (process.libraries[i].descriptor == descriptor && image->plan &&
        map_planned(boot_at(image->plan), object->l_addr, process.par, image->offset, process.page))
      refuse(SYSTEM, NOT_MAPPED, NULL);
  }
}
