#ifndef RULES_PAR_STUB_H
#define RULES_PAR_STUB_H

#include <elf.h>
#include <stddef.h>

#include "boot.h"

extern Elf64_Dyn _DYNAMIC[] __attribute__((visibility("hidden"))); /* of the stub itself */

enum { MOST_LIBRARIES = 64 };

/* The variables that are for the par itself, in the order in which launcher.py names them. */
enum { CONTROL_INTERPRETER, CONTROL_MODULE, CONTROL_PATH, CONTROL_SCRIPT, CONTROLS };

/* Of ld.so, for debuggers and audit modules (link.h has them too, and with them much of libc). */
struct link_map {
  uint64_t l_addr; /* what is to be added to the addresses in the file */
  char *l_name;
  Elf64_Dyn *l_ld;
  struct link_map *l_next, *l_prev;
};
struct r_debug {
  int r_version;
  struct link_map *r_map;
};

extern volatile const struct header header __attribute__((visibility("hidden")));

/* What stub.c found and python.c needs. */
extern struct process {
  int argc;
  char **argv, **environment; /* the kernel's own */
  const char *path;           /* of the par, as it was started (AT_EXECFN) */
  int par;                    /* descriptor of the par */
  struct boot *boot;
  struct { int descriptor; const struct image *image; } libraries[MOST_LIBRARIES]; /* what ld.so opens, until Python starts */
  int library_count;
  const char *controls[CONTROLS]; /* values of the par's own variables, NULL for one that is not set */
  const struct one_program *program; /* what runs instead of Python; NULL: Python */
  char *entry;                       /* of that program */
  const char *program_path;          /* of it, below the par */
  uint64_t page;
  char *linker;
  Elf64_Dyn *linker_dynamic;
} process __attribute__((visibility("hidden")));

#define NOT_MAPPED "the system does not let it map memory: raise the memory limit (ulimit -v), or copy it to a file system that allows execution"

/* Ends the process with one line on stderr: the par, the message, the detail if any. */
__attribute__((noreturn, visibility("hidden"))) void refuse(int status, const char *message, const char *detail);

/* The room that take_controls needs. */
__attribute__((visibility("hidden"))) size_t controls_size(char **environment);

/* Takes those variables out of the environment that the kernel gave us, and fills in process.controls. `room` stays. */
__attribute__((visibility("hidden"))) void take_controls(char **environment, char *room);

/* Whether the variable is set, and neither empty nor 0. */
__attribute__((visibility("hidden"))) int is_switched_on(int control);

/* A memory file to load a library from, 300 or higher if the limits allow it; that of the audit module can be written to. Returns -errno. */
__attribute__((visibility("hidden"))) int memory_file_of(const struct image *image, const char *name);

/* ld.so has opened all of them. Other libraries will get their numbers. */
__attribute__((visibility("hidden"))) void finish_libraries(void);

/* ld.so mapped an object: in full mode the audit module calls this before it is relocated; in embedded mode all are complete. */
__attribute__((visibility("hidden"))) void library_opened(struct link_map *object);

/* Reads all of it, or refuses to go on. */
__attribute__((visibility("hidden"))) void read_at(int descriptor, void *to, size_t size, uint64_t offset);

/* python.c: the address of a function of libc or Python. The second refuses to go on without. */
__attribute__((visibility("hidden"))) void *find_symbol(const char *name);
__attribute__((visibility("hidden"))) void *required(const char *name);

/* Declares `name` as a pointer to that function. */
#define USE(result, name, ...) result (*name)(__VA_ARGS__) = required(#name)

typedef struct _object PyObject;

__attribute__((visibility("hidden"))) int is_par(const char *path);

/* program.c: which program of the par is to run, when the par was started by the path that the interposer made for that. */
__attribute__((visibility("hidden"))) void choose_program(void);

/* What ld.so is to preload for it besides images of the boot record; at an offset in the record of the programs. */
__attribute__((visibility("hidden"))) const struct image *program_libraries(void);
__attribute__((visibility("hidden"))) const char *in_programs(uint32_t offset);

/* Starts that program: ld.so has linked it. */
__attribute__((noreturn, visibility("hidden"))) void run_program(const long *stack, void (*at_exit)(void));

/* deepfrozen.c: maps the part of the par where code lies, and `size` bytes of names behind it; 0: the system refuses. */
__attribute__((visibility("hidden"))) int map_code(uint64_t offset, uint64_t names, uint64_t size);

/* The code that is deep-frozen there, which gets `filename`; None when something else lies there; NULL with an exception. `state`: of the
 * interpreter, codes_size() bytes that were zero. */
__attribute__((visibility("hidden"))) PyObject *load_deepfrozen(void *state, uint64_t offset, uint64_t size, PyObject *filename);
__attribute__((visibility("hidden"))) size_t codes_size(void);

/* module.c: a lock of Python, but of no interpreter. */
__attribute__((visibility("hidden"))) void acquire(void);
__attribute__((visibility("hidden"))) void release(void);

/* Before Python starts: the module _rules_par_stub. */
__attribute__((visibility("hidden"))) void add_module(void);

__attribute__((visibility("hidden"))) int starts_with(const char *text, const char *start);
__attribute__((visibility("hidden"))) const void *boot_at(uint32_t offset);
__attribute__((visibility("hidden"))) int equal(const char *a, const char *b);
__attribute__((visibility("hidden"))) void *memcpy(void *to, const void *from, size_t size);
__attribute__((visibility("hidden"))) size_t strlen(const char *text);

#endif
