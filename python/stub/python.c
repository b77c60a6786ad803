/* Second half of the stub: ld.so has linked interpreter and libraries, and comes back here instead of to the program's
 * own entry. Finds libc and Python by symbol, configures Python, and calls _rules_par.embedded.run().
 *
 * Python's headers are not used: one stub serves all versions. What differs between versions, the places of fields of
 * PyConfig and the shape of struct _frozen, is data in the boot record. */

#include <elf.h>
#include <stddef.h>

#include "stub.h"

enum { DAMAGED = 65, FAILED = 71, SIGINT = 2 };

/* --- symbols ------------------------------------------------------------------------------------------------------ */

/* The address of a symbol that an object defines, by its DT_GNU_HASH table. Versions are not looked at. */
static void *symbol(char *base, const Elf64_Dyn *dynamic, const char *name) {
  const uint32_t *table = NULL;
  const Elf64_Sym *symbols = NULL;
  const char *strings = NULL;
  for (; dynamic->d_tag != DT_NULL; dynamic++) {
    char *address = (char *)dynamic->d_un.d_ptr;
    if (address < base) address += base - (char *)0; /* ld.so adds the base to them, except on some machines */
    if (dynamic->d_tag == DT_GNU_HASH) table = (const uint32_t *)address;
    if (dynamic->d_tag == DT_SYMTAB) symbols = (const Elf64_Sym *)address;
    if (dynamic->d_tag == DT_STRTAB) strings = address;
  }
  if (!table || !symbols || !strings) return NULL;
  uint32_t hash = 5381;
  for (const char *c = name; *c; c++) hash = hash * 33 + (unsigned char)*c;
  uint32_t bucket_count = table[0], first = table[1], filter_words = table[2];
  const uint32_t *buckets = table + 4 + 2 * filter_words, *chain = buckets + bucket_count;
  uint32_t at = bucket_count ? buckets[hash % bucket_count] : 0;
  if (at < first) return NULL;
  for (;; at++) {
    uint32_t entry = chain[at - first];
    if ((entry | 1) == (hash | 1) && symbols[at].st_shndx != SHN_UNDEF && equal(strings + symbols[at].st_name, name))
      return base + symbols[at].st_value;
    if (entry & 1) return NULL;
  }
}

static void *(*find)(void *, const char *); /* dlsym */

void *find_symbol(const char *name) { return find(NULL, name); /* RTLD_DEFAULT */ }

void *required(const char *name) {
  void *address = find_symbol(name);
  if (!address) refuse(FAILED, "its interpreter or its libc lacks a function that a par needs: ", name);
  return address;
}

/* --- Python ------------------------------------------------------------------------------------------------------- */

typedef struct { int type; const char *function, *message; int exit_code; } PyStatus;
typedef struct { int init, parse_argv, isolated, use_environment, configure_locale, coerce, coerce_warn, utf8_mode, dev_mode, allocator; } PyPreConfig;

/* The modules that Python needs before the launcher runs, and the launcher: added to the ones compiled into it. */
static void add_frozen_modules(void) {
  struct boot *boot = process.boot;
  char *table = (char *)boot_at(boot->frozen);
  for (uint32_t i = 0; i < boot->frozen_count; i++) {
    uintptr_t *entry = (uintptr_t *)(table + i * boot->frozen_stride);
    entry[0] += (uintptr_t)boot; /* name */
    entry[1] += (uintptr_t)boot; /* code */
  }
  char **modules = required("PyImport_FrozenModules");
  char *end = table + boot->frozen_count * boot->frozen_stride;
  if (*modules) { /* up to Python 3.10: the import system itself */
    const char *from = *modules;
    for (uint32_t left = boot->frozen_room; left && *(uintptr_t *)from; left--)
      for (uint32_t i = 0; i < boot->frozen_stride; i++) *end++ = *from++;
    if (*(uintptr_t *)from) refuse(DAMAGED, "its interpreter has more frozen modules than expected: build it again", NULL);
  }
  *modules = table;
}

/* Whether the par is started as a Python interpreter: by the path that the launcher gave to sys.executable (reentry.py). */
static int is_interpreter(void) {
  for (const char *at = process.path; process.path[0] == '/' && *at; at++)
    if (at[0] == '/' && at[1] == '.' && at[2] == '/' && at[3] == '/') return 1;
  return 0;
}

static int contains(const char *set, char wanted) {
  for (; *set; set++)
    if (*set == wanted) return 1;
  return 0;
}

/* How many arguments of `python ARGUMENTS` are options for the start of the interpreter. What follows (-c, -m, a path) is
 * for interpreter.py; but when that begins with more letters, as in "-Ic", `*split` is their number. */
static int count_options(char **arguments, int *split) {
  int at = 0;
  *split = 0;
  for (; arguments[at]; at++) {
    const char *option = arguments[at];
    if (option[0] != '-' || !option[1] || equal(option, "--")) break;
    if (option[1] == '-') {
      if (equal(option, "--check-hash-based-pycs") && arguments[at + 1]) at++;
      continue;
    }
    const char *letter = option + 1;
    while (*letter && contains("bBdEhiIOPqsSuvVx?R", *letter)) letter++;
    if (*letter == 'c' || *letter == 'm') {
      *split = (int)(letter - option) - 1;
      break;
    }
    if (!*letter) continue;
    if (*letter != 'W' && *letter != 'X') continue; /* the interpreter has the error message */
    if (!letter[1] && arguments[at + 1]) at++;
  }
  return at;
}

static void check(PyStatus status) {
  if (!status.type) return;
  USE(void, Py_ExitStatusException, PyStatus);
  Py_ExitStatusException(status);
}

static void configure(char *config) {
  USE(PyStatus, PyConfig_SetBytesString, void *, void *, const char *);
  USE(PyStatus, PyWideStringList_Append, void *, const void *);
  USE(void *, Py_DecodeLocale, const char *, size_t *);
  const struct setting *setting = boot_at(process.boot->settings);
  for (uint32_t i = 0; i < process.boot->setting_count; i++, setting++) {
    char *field = config + setting->field;
    if (setting->kind == 0) *(int *)field = (int)setting->value;
    if (setting->kind == 1) check(PyConfig_SetBytesString(config, field, boot_at(setting->value)));
    if (setting->kind == 2)
      for (int j = 0; j < process.argc; j++) check(PyWideStringList_Append(field, Py_DecodeLocale(process.argv[j], NULL)));
  }
}

/* Python parses its own options from a command line of our making: NAME OPTIONS -c "" ARGUMENTS; the last two are sys.argv. */
static void start_python(void) {
  char *line[process.argc + 5];
  int count = 0, taken = process.argc > 0, split = 0, as_interpreter = is_interpreter() || is_switched_on(CONTROL_INTERPRETER);
  line[count++] = process.argc ? process.argv[0] : (char *)process.path;
  if (as_interpreter && process.argc) {
    int options = count_options(process.argv + 1, &split);
    while (options--) line[count++] = process.argv[taken++];
  }
  size_t size = split ? strlen(process.argv[taken]) : 0;
  char flags[split + 2], rest[size + 1];
  if (split) { /* "-Ic code" is "-I -c code" */
    const char *both = process.argv[taken++];
    memcpy(flags, both, split + 1);
    flags[split + 1] = 0;
    memcpy(rest, both + split, size - split + 1);
    rest[0] = '-';
    line[count++] = flags;
  }
  line[count++] = "-c";
  line[count++] = "";
  if (split) line[count++] = rest;
  while (taken < process.argc) line[count++] = process.argv[taken++];
  line[count] = NULL;

  /* A program does not depend on PYTHON* variables; `sys.executable` obeys them as python does, unless it gets -I or -E. */
  void (*defaults_before)(PyPreConfig *) = required(as_interpreter ? "PyPreConfig_InitPythonConfig" : "PyPreConfig_InitIsolatedConfig");
  void (*defaults)(void *) = required(as_interpreter ? "PyConfig_InitPythonConfig" : "PyConfig_InitIsolatedConfig");
  USE(PyStatus, Py_PreInitializeFromBytesArgs, const PyPreConfig *, ptrdiff_t, char **);
  USE(PyStatus, PyConfig_SetBytesArgv, void *, ptrdiff_t, char *const *);
  USE(PyStatus, Py_InitializeFromConfig, void *);
  USE(void, PyConfig_Clear, void *);
  PyPreConfig before;
  defaults_before(&before);
  before.parse_argv = 1;
  before.configure_locale = before.coerce = before.coerce_warn = 0; /* needs no locale file */
  before.utf8_mode = 1;
  check(Py_PreInitializeFromBytesArgs(&before, count, line));
  USE(int, PyImport_AppendInittab, const char *, void *);
  PyImport_AppendInittab("_rules_par_interposer", required("PyInit__rules_par_interposer"));
  add_module();
  add_frozen_modules();
  static char config[4096] __attribute__((aligned(16))); /* PyConfig, which has 456 bytes in 3.14 */
  defaults(config);
  configure(config);
  check(PyConfig_SetBytesArgv(config, count, line));
  check(Py_InitializeFromConfig(config));
  PyConfig_Clear(config);
}

/* As Py_RunMain, without its imports. */
static int run_python(void) {
  USE(PyObject *, PyImport_ImportModule, const char *);
  USE(PyObject *, PyObject_CallMethod, PyObject *, const char *, const char *, ...);
  USE(int, Py_FinalizeEx, void);
  PyObject *launcher = PyImport_ImportModule("_rules_par.embedded");
  PyObject *result = launcher ? PyObject_CallMethod(launcher, "run", NULL) : NULL;
  int status = 0, interrupted = 0;
  if (!result) {
    USE(int, PyErr_ExceptionMatches, PyObject *);
    USE(void, PyErr_Print, void);
    PyObject **interrupt = required("PyExc_KeyboardInterrupt");
    interrupted = PyErr_ExceptionMatches(*interrupt);
    PyErr_Print(); /* does not come back from a SystemExit */
    status = 1;
  }
  if (Py_FinalizeEx() < 0) status = 120;
  if (interrupted) { /* the caller, a shell, is to see that a signal ended us */
    USE(void *, signal, int, void *);
    USE(int, raise, int);
    signal(SIGINT, NULL);
    raise(SIGINT);
    status = 128 + SIGINT;
  }
  return status;
}

static int program_main(int argc, char **argv, char **environment) {
  (void)argc, (void)argv, (void)environment;
  finish_libraries();
  char ***environ = required("environ");
  *environ = process.environment; /* as the user has it, LD_* included, for children */
  start_python();
  return run_python();
}

/* Where ld.so goes. `stack` is what it got from us; `at_exit` runs the destructors of the libraries. */
__attribute__((noreturn, used)) void rp_linked(long *stack, void (*at_exit)(void)) {
  struct r_debug *debug = symbol(process.linker, process.linker_dynamic, "_r_debug");
  if (!debug) refuse(FAILED, "its ld.so has no _r_debug: build it again", NULL);
  for (Elf64_Dyn *entry = _DYNAMIC; entry->d_tag != DT_NULL; entry++)
    if (entry->d_tag == DT_DEBUG) entry->d_un.d_ptr = (uintptr_t)debug; /* where gdb looks for the list of libraries */
  int (*start)(int (*)(int, char **, char **), int, char **, void *, void *, void (*)(void), void *) = NULL;
  for (struct link_map *each = debug->r_map; each; each = each->l_next) {
    if (!each->l_ld || (each->l_name[0] && equal(each->l_name, "linux-vdso.so.1"))) continue;
    if (!start) start = symbol((char *)each->l_addr, each->l_ld, "__libc_start_main");
    if (!find) find = symbol((char *)each->l_addr, each->l_ld, "dlsym");
    if (process.boot->linker_path) library_opened(each); /* the host's ld.so has no audit module */
  }
  if (!start || !find) refuse(FAILED, "no libc was linked: build it again", NULL);
  if (process.program) run_program(stack, at_exit);
  start(program_main, (int)stack[0], (char **)(stack + 1), NULL, NULL, at_exit, stack);
  __builtin_unreachable();
}
