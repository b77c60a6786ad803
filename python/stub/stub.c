/* The head of a par that carries its own Python: starts the interpreter from the file itself, by userland exec.
 *
 * rp_main runs as the program that the kernel started. It maps the interpreter and ld.so, puts the libraries that ld.so
 * is to find into memfds, and jumps to ld.so as the kernel would have done. ld.so links everything and jumps to what it
 * takes for the program's entry: rp_enter, here again. python.c then starts Python.
 *
 * So /proc/self/exe, the command line and the environment are those of the par, and nothing was executed twice.
 *
 * No libc: this is linked with -nostdlib -static-pie. */

#include "stub.h"

#include <elf.h>
#include <stddef.h>

#define RULES_PAR_ENTRY
#include "plan.h"


/* The builder fills it in. */
__attribute__((section(".rules_par"), used, aligned(8))) volatile const struct header header = {.magic = {'R', 'U', 'L', 'E', 'S', 'P', 'A', 'R'}};

struct process process = {.page = 4096};

/* A mapped ELF file. `headers` begins with two that a shared library lacks and ld.so wants of a program: PT_PHDR, from which
 * it learns where the program is mapped, and PT_INTERP, its own name. */
static struct mapped {
  char *base;
  Elf64_Ehdr file;
  Elf64_Phdr headers[2 + MOST_HEADERS];
  int count;
} program, linker;

/* gcc calls the first two by name. */
void *memcpy(void *to, const void *from, size_t size) {
  for (size_t i = 0; i < size; i++) ((char *)to)[i] = ((const char *)from)[i];
  return to;
}

void *memset(void *to, int value, size_t size) {
  for (size_t i = 0; i < size; i++) ((char *)to)[i] = (char)value;
  return to;
}

size_t strlen(const char *text) {
  size_t size = 0;
  while (text[size]) size++;
  return size;
}

int starts_with(const char *text, const char *start) {
  while (*start && *text == *start) text++, start++;
  return !*start;
}

int equal(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

static char *append(char *end, const char *text) {
  while (*text) *end++ = *text++;
  *end = 0;
  return end;
}

static char *append_number(char *end, unsigned number) {
  char digits[12], *start = digits + 11;
  *start = 0;
  do *--start = '0' + number % 10; while (number /= 10);
  return append(end, start);
}

void refuse(int status, const char *message, const char *detail) {
  static char line[1024];
  char *end = append(line, strlen(process.path) < 500 ? process.path : "app.par");
  end = append(append(end, ": "), message);
  if (detail) end = append(end, strlen(detail) < 200 ? detail : "");
  end = append(end, "\n");
  call3(SYS_write, 2, line, end - line);
  call1(SYS_exit_group, status);
  __builtin_unreachable();
}

const void *boot_at(uint32_t offset) { return (const char *)process.boot + offset; }

/* Reads all of it, or refuses to go on. */
void read_at(int descriptor, void *to, size_t size, uint64_t offset) {
  if (call4(SYS_pread64, descriptor, to, size, offset) != (long)size)
    refuse(DAMAGED, "is damaged: it cannot be read in full: copy it again", NULL);
}

static char *map(void *at, size_t size, int protection, int flags, int descriptor, uint64_t offset) {
  long address = syscall6(SYS_mmap, (long)at, (long)size, protection, flags, descriptor, (long)offset);
  if (failed(address))
    refuse(SYSTEM, NOT_MAPPED, NULL);
  return (char *)address;
}

static int protection(const Elf64_Phdr *load) {
  return (load->p_flags & PF_R ? PROT_READ : 0) | (load->p_flags & PF_W ? PROT_WRITE : 0) | (load->p_flags & PF_X ? PROT_EXEC : 0);
}

/* Maps a segment of the ELF file at `offset` of the descriptor, in whole pages, into an object at `base`. */
static void map_segment(char *base, const Elf64_Phdr *load, int descriptor, uint64_t offset) {
  uint64_t before = load->p_vaddr & (process.page - 1);
  map(base + load->p_vaddr - before, before + load->p_filesz, protection(load), MAP_PRIVATE | MAP_FIXED, descriptor,
      offset + load->p_offset - before);
}

static const char *linker_name(void) {
  const struct boot *boot = process.boot;
  return boot_at(boot->linker_path ? boot->linker_path : ((const struct image *)boot_at(boot->images))[1].name);
}

/* Maps the ELF file at `offset` of the file, each segment from the file itself. */
static void map_elf(struct mapped *elf, int descriptor, uint64_t offset) {
  read_at(descriptor, &elf->file, sizeof elf->file, offset);
  elf->count = elf->file.e_phnum;
  if (!starts_with((char *)elf->file.e_ident, ELFMAG) || elf->count > MOST_HEADERS)
    refuse(DAMAGED, "is damaged: no ELF file where its table has one: copy or build it again", NULL);
  if (elf->file.e_machine != MACHINE) refuse(WRONG_MACHINE, "was built for another machine: build it for this platform", NULL);
  Elf64_Phdr *headers = elf->headers + 2;
  read_at(descriptor, headers, elf->count * sizeof *headers, offset + elf->file.e_phoff);

  uint64_t lowest = ~0ul, highest = 0;
  for (int i = 0; i < elf->count; i++) {
    if (headers[i].p_type != PT_LOAD) continue;
    if (headers[i].p_vaddr < lowest) lowest = headers[i].p_vaddr & -process.page;
    if (headers[i].p_vaddr + headers[i].p_memsz > highest) highest = headers[i].p_vaddr + headers[i].p_memsz;
  }
  int fixed = elf->file.e_type == ET_EXEC;
  char *wanted = fixed ? (char *)lowest : NULL;
  char *start = map(wanted, highest - lowest, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (fixed ? MAP_FIXED_NOREPLACE : 0), -1, 0);
  if (fixed && start != wanted) refuse(SYSTEM, "the address that its interpreter needs is taken: start it again", NULL);
  elf->base = start - lowest;

  for (int i = 0; i < elf->count; i++) {
    const Elf64_Phdr *load = &headers[i];
    if (load->p_type != PT_LOAD) continue;
    char *from = elf->base + (load->p_vaddr & -process.page), *file_end = elf->base + load->p_vaddr + load->p_filesz;
    char *page_end = (char *)(((uintptr_t)file_end + process.page - 1) & -process.page), *end = elf->base + load->p_vaddr + load->p_memsz;
    if (load->p_filesz)
      map_segment(elf->base, load, descriptor, offset);
    else
      page_end = from;
    /* To the end of the page, as the kernel does: ld.so takes its first memory there. */
    if (end > file_end && load->p_filesz && load->p_flags & PF_W) memset(file_end, 0, page_end - file_end);
    if (end > page_end) map(page_end, end - page_end, protection(load), MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0);
  }

  Elf64_Phdr *self = elf->headers;
  *self = (Elf64_Phdr){.p_type = PT_PHDR, .p_flags = PF_R, .p_vaddr = (char *)self - elf->base, .p_align = 8};
  self->p_paddr = self->p_vaddr;
  for (int i = 0; i < elf->count; i++)
    if (headers[i].p_type == PT_PHDR || headers[i].p_type == PT_INTERP) headers[i].p_type = PT_NULL;
  elf->count += 2;
  self->p_filesz = self->p_memsz = elf->count * sizeof *self;
  const char *name = linker_name();
  self[1] = (Elf64_Phdr){.p_type = PT_INTERP, .p_flags = PF_R, .p_vaddr = name - elf->base, .p_align = 1};
  self[1].p_paddr = self[1].p_vaddr;
  self[1].p_filesz = self[1].p_memsz = strlen(name) + 1;
}

/* A memory file that ld.so is to load; its descriptor. */
static int add_library(const struct image *image, const char *name) {
  if (process.library_count == MOST_LIBRARIES) refuse(DAMAGED, "is damaged: it has too many libraries for its start: build it again", NULL);
  int descriptor = memory_file_of(image, name);
  if (descriptor == -ENOSYS || descriptor == -EPERM || descriptor == -EACCES)
    refuse(SYSTEM, "memfd_create is refused: allow it in the seccomp filter, or use Linux 3.17 or newer", NULL);
  if (descriptor < 0) refuse(SYSTEM, "a library cannot be copied to memory: raise the limit that was met (ulimit: memory, file size, open files)", NULL);
  process.libraries[process.library_count].descriptor = descriptor;
  process.libraries[process.library_count++].image = image;
  return descriptor;
}

/* The variables for ld.so: LD_PRELOAD for all libraries, and LD_AUDIT. The paths are spelled as nothing else spells them:
 * glibc takes a path that it has seen for the object it knows by it, and the launcher will use the numbers again. */
static void load_libraries(char **preload, char **audit) {
  static char preload_variable[4096], audit_variable[64];
  const struct image *images = boot_at(process.boot->images), *end = images + process.boot->image_count;
  char *next = append(preload_variable, "LD_PRELOAD");
  for (const struct image *image = images; image < end; image++) {
    if (image->kind == IMAGE_MAPPED) continue;
    if (image->kind == IMAGE_LIBRARY && process.program && !(process.program->images >> (image - images) & 1)) continue;
    int descriptor = add_library(image, boot_at(image->name));
    if (image->kind == IMAGE_AUDIT) {
      void (*hook)(struct link_map *) = library_opened;
      call4(SYS_pwrite64, descriptor, &hook, sizeof hook, image->hook);
      append_number(append(audit_variable, "LD_AUDIT=/proc/self/./fd/"), descriptor);
      *audit = audit_variable;
      continue;
    }
    next = append_number(append(append(next, *preload ? ":" : "="), "/proc/self/./fd/"), descriptor);
    *preload = preload_variable;
  }
  for (uint32_t i = 0; process.program && i < process.program->library_count; i++) {
    const struct image *image = &program_libraries()[i];
    next = append_number(append(append(next, ":"), "/proc/self/./fd/"), add_library(image, in_programs(image->name)));
  }
}

int is_par(const char *path) {
  uint64_t par[18], found[18]; /* struct stat: st_dev and st_ino come first on all 64-bit machines */
  return !call2(SYS_fstat, process.par, par) && !call4(SYS_newfstatat, AT_FDCWD, path, found, 0) &&
         par[0] == found[0] && par[1] == found[1];
}

static void open_par(void) {
  long descriptor = call4(SYS_openat, AT_FDCWD, "/proc/self/exe", O_RDONLY | O_CLOEXEC, 0);
  if (descriptor == -ENOENT) refuse(SYSTEM, "its libraries are opened through /proc/self/fd: mount /proc", NULL);
  if (failed(descriptor)) refuse(UNREADABLE, "cannot be read: make it readable (chmod a+r)", NULL);
  process.par = raised((int)descriptor);
  /* In the `#!` line of a script: AT_EXECFN is the script then, and the par's path is what the kernel made argv[0]. */
  if (process.argc && !is_par(process.path) && is_par(process.argv[0])) process.path = process.argv[0];
  if (starts_with(process.path, "/dev/fd/")) { /* fexecve(3) */
    static char real[4096];
    long size = call4(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", real, sizeof real - 1);
    if (size > 0) process.path = real;
  }
  if (header.format != 1) refuse(DAMAGED, "is damaged: it has no par header: build it again", NULL);
  if (call3(SYS_lseek, process.par, 0, SEEK_END) != (long)header.size)
    refuse(DAMAGED, "is damaged: it is not as long as it was built: copy it again", NULL);
  process.boot = (struct boot *)map(NULL, header.boot_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, process.par, header.boot_offset);
  if (process.boot->format != BOOT_FORMAT) refuse(DAMAGED, "is damaged: its boot record has an unknown format: build it again", NULL);
}

static void map_linker(void) {
  if (!process.boot->linker_path) {
    map_elf(&linker, process.par, ((const struct image *)boot_at(process.boot->images))[1].offset);
    return;
  }
  const char *path = boot_at(process.boot->linker_path);
  long descriptor = call4(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  if (failed(descriptor)) refuse(SYSTEM, "needs the host's glibc, build it with mode = \"full\"; there is no ", path);
  map_elf(&linker, (int)descriptor, 0);
  call1(SYS_close, descriptor);
}

extern const char __ehdr_start[] __attribute__((visibility("hidden")));

/* Does what ld.so would do for this file itself. Some compilers need none of it. */
__attribute__((used)) void rp_relocate(void) {
  uint64_t base = (uint64_t)__ehdr_start, size = 0;
  const Elf64_Rela *relocation = NULL;
  for (const Elf64_Dyn *entry = _DYNAMIC; entry->d_tag != DT_NULL; entry++) {
    if (entry->d_tag == DT_RELA) relocation = (const Elf64_Rela *)(base + entry->d_un.d_ptr);
    if (entry->d_tag == DT_RELASZ) size = entry->d_un.d_val;
  }
  for (; size; size -= sizeof *relocation, relocation++)
    if (ELF64_R_TYPE(relocation->r_info) == RELATIVE) *(uint64_t *)(base + relocation->r_offset) = base + relocation->r_addend;
}

/* What the kernel put on the stack, and what ld.so gets below it: the same arguments; the environment without the
 * variables that are for ld.so, but for ours; the auxiliary vector of the program that we mapped. */
__attribute__((noreturn, used)) void rp_main(long *stack) {
  process.argc = (int)stack[0];
  process.argv = (char **)(stack + 1);
  process.environment = process.argv + process.argc + 1;
  char **after = process.environment;
  while (*after) after++;
  const Elf64_auxv_t *kernel = (const Elf64_auxv_t *)(after + 1);
  size_t auxiliary = 0;
  int is_secure = 0;
  process.path = "app.par";
  for (; kernel[auxiliary].a_type != AT_NULL; auxiliary++) {
    if (kernel[auxiliary].a_type == AT_PAGESZ) process.page = kernel[auxiliary].a_un.a_val;
    if (kernel[auxiliary].a_type == AT_EXECFN) process.path = (const char *)kernel[auxiliary].a_un.a_val;
    if (kernel[auxiliary].a_type == AT_SECURE) is_secure = kernel[auxiliary].a_un.a_val != 0;
  }
  if (is_secure) /* ld.so would not take our variables */
    refuse(SYSTEM, "cannot run set-user-ID or with file capabilities: give the capabilities to the one that starts it", NULL);
  auxiliary++;
  open_par();
  choose_program();
  size_t size = process.program ? 1 : controls_size(process.environment);
  char controls[size];
  if (!process.program) take_controls(process.environment, controls);

  map_elf(&program, process.par, process.program ? process.program->offset : ((const struct image *)boot_at(process.boot->images))[0].offset);
  process.entry = program.base + program.file.e_entry;
  map_linker();
  process.linker = linker.base;
  for (int i = 0; i < linker.count; i++)
    if (linker.headers[i].p_type == PT_DYNAMIC) process.linker_dynamic = (Elf64_Dyn *)(linker.base + linker.headers[i].p_vaddr);

  size_t words = 1 + process.argc + 1 + 1 + (after - process.environment) + 1 + 2 * auxiliary + 4;
  long room[words + 2];
  long *block = (long *)(((uintptr_t)room + 15) & -16ul), *next = block;
  *next++ = process.argc;
  for (int i = 0; i < process.argc; i++) *next++ = (long)process.argv[i];
  *next++ = 0;
  char *preload = NULL, *audit = NULL;
  load_libraries(&preload, &audit);
  if (preload) *next++ = (long)preload;
  if (audit) *next++ = (long)audit;
  if (process.boot->tunables) *next++ = (long)boot_at(process.boot->tunables);
  for (char **variable = process.environment; *variable; variable++)
    if (!starts_with(*variable, "LD_") && !starts_with(*variable, "GLIBC_TUNABLES=")) *next++ = (long)*variable;
  *next++ = 0;
  for (size_t i = 0; i < auxiliary; i++) {
    long value = (long)kernel[i].a_un.a_val;
    switch (kernel[i].a_type) {
      case AT_PHDR: value = (long)program.headers; break;
      case AT_PHENT: value = sizeof program.headers[0]; break;
      case AT_PHNUM: value = program.count; break;
      case AT_BASE: value = (long)linker.base; break;
      case AT_ENTRY: value = (long)&rp_enter; break;
      case AT_EXECFN: value = process.program ? (long)process.program_path : value; break;
    }
    *next++ = (long)kernel[i].a_type;
    *next++ = value;
  }
  jump(linker.base + linker.file.e_entry, block, NULL);
}
