/* In system mode ld.so has started Python before there was anything of ours, so nothing can stand before libc. What a library of the par
 * calls goes through its own table of addresses, which is changed after it was loaded. */

#include <elf.h>

#include "interposer.h"

/* An object that ld.so has loaded (link.h, which pulls in much of libc). */
struct object {
  uint64_t base; /* what is to be added to the addresses in the file */
  const char *name;
  const Elf64_Phdr *headers;
  uint16_t header_count;
};
int dl_iterate_phdr(int (*visit)(const struct object *, size_t, void *), void *data);
extern Elf64_Dyn _DYNAMIC[] __attribute__((visibility("hidden")));

static int starts_with(const char *text, const char *start) {
  while (*start && *text == *start) text++, start++;
  return !*start;
}

struct tables {
  const Elf64_Sym *symbols;
  const char *strings;
  const Elf64_Rela *relocations[2];
  uint64_t sizes[2];
  uint64_t read_only, read_only_size; /* after relocation: PT_GNU_RELRO */
};

static void read_tables(const struct object *object, struct tables *tables) {
  const Elf64_Dyn *entry = NULL;
  *tables = (struct tables){0};
  for (const Elf64_Phdr *header = object->headers; header < object->headers + object->header_count; header++) {
    if (header->p_type == PT_DYNAMIC) entry = (void *)(object->base + header->p_vaddr);
    if (header->p_type == PT_GNU_RELRO) tables->read_only = object->base + header->p_vaddr, tables->read_only_size = header->p_memsz;
  }
  if (entry == _DYNAMIC) return; /* this one */
  for (; entry && entry->d_tag != DT_NULL; entry++) {
    uint64_t address = entry->d_un.d_ptr; /* ld.so adds the base, except on some machines */
    if (address < object->base) address += object->base;
    if (entry->d_tag == DT_SYMTAB) tables->symbols = (void *)address;
    if (entry->d_tag == DT_STRTAB) tables->strings = (void *)address;
    if (entry->d_tag == DT_JMPREL) tables->relocations[0] = (void *)address;
    if (entry->d_tag == DT_RELA) tables->relocations[1] = (void *)address;
    if (entry->d_tag == DT_PLTRELSZ) tables->sizes[0] = entry->d_un.d_val;
    if (entry->d_tag == DT_RELASZ) tables->sizes[1] = entry->d_un.d_val;
  }
}

static void redirect_object(const struct object *object) {
  uint64_t page = (uint64_t)getpagesize();
  struct tables tables;
  read_tables(object, &tables);
  if (!tables.symbols || !tables.strings) return;
  uint64_t first = tables.read_only & -page, size = (tables.read_only + tables.read_only_size - first) & -page;
  int opened = 0;
  for (int i = 0; i < 2; i++) {
    const Elf64_Rela *relocation = tables.relocations[i];
    for (uint64_t left = relocation ? tables.sizes[i] : 0; left >= sizeof *relocation; left -= sizeof *relocation, relocation++) {
      const Elf64_Sym *symbol = &tables.symbols[ELF64_R_SYM(relocation->r_info)];
      if (!IS_ADDRESS(ELF64_R_TYPE(relocation->r_info)) || symbol->st_shndx != SHN_UNDEF) continue;
      void *ours = interposed(tables.strings + symbol->st_name);
      if (!ours) continue;
      uint64_t place = object->base + relocation->r_offset;
      if (!opened && size && place >= first && place < first + size) {
        if (call3(SYS_mprotect, first, size, PROT_READ | PROT_WRITE)) return;
        opened = 1;
      }
      __atomic_store_n((void **)place, ours, __ATOMIC_RELAXED);
    }
  }
  if (opened) call3(SYS_mprotect, first, size, PROT_READ);
}

/* Python's own calls are served by the launcher (files.py); the main program has no name. */
static int is_python(const char *path) {
  const char *name = path;
  for (; *path; path++)
    if (*path == '/') name = path + 1;
  return !*name || starts_with(name, "libpython");
}

/* ld.so calls them for each object in the order of loading, and keeps other threads from loading more meanwhile. */
static int count(const struct object *object, size_t size, void *data) {
  (void)object, (void)size;
  ++*(int *)data;
  return 0;
}

static int visit(const struct object *object, size_t size, void *data) {
  (void)size;
  int *others = data;
  if (--*others < 0 && !is_python(object->name)) redirect_object(object);
  return 0;
}

int count_objects(void) {
  int objects = 0;
  dl_iterate_phdr(count, &objects);
  return objects;
}

void redirect_calls(int others) { dl_iterate_phdr(visit, &others); }
