/* What the launcher sees: the module _rules_par_interposer. Python's headers are not used: one object serves all versions. */

#include "function.h"
#include "python.h"
#include "python/stub/plan.h"

struct par par;

/* --- libc --------------------------------------------------------------------------------------------------------- */

static void *const after_this = (void *)-1; /* RTLD_NEXT: when ld.so preloaded us */

static long missing(void) { return fail(ENOSYS); }

void *libc_function(struct function *function) {
  void *found = dlsym(after_this, function->name);
  if (!found) found = dlsym(NULL, function->name); /* RTLD_DEFAULT: ours are not in the global scope then */
  if (!found || found == function->ours) found = missing;
  return function->libc = found;
}

extern struct function *__start_rules_par_functions[], *__stop_rules_par_functions[];

/* By the first letters of their names, for redirect.c: libraries refer to many thousands of functions. */
enum { SLOTS = 256 };
static struct function *by_name[SLOTS];

static struct function **slot_of(const char *name) {
  uint32_t start = 0;
  for (int i = 0; i < 4 && *name; i++) start = start << 8 | (unsigned char)*name++;
  return &by_name[(start * 0x9E3779B1u) >> 24];
}

static struct function **next_slot(struct function **slot) { return slot + 1 < by_name + SLOTS ? slot + 1 : by_name; }

/* Before a signal handler or the child of a fork may need them. */
__attribute__((constructor)) static void find_functions(void) {
  for (struct function **each = __start_rules_par_functions; each < __stop_rules_par_functions; each++) {
    if (!(*each)->libc) libc_function(*each);
    struct function **slot = slot_of((*each)->name);
    while (*slot) slot = next_slot(slot);
    *slot = *each;
  }
}

void *interposed(const char *name) {
  for (struct function **slot = slot_of(name); *slot; slot = next_slot(slot))
    if (same((*slot)->name, name)) return (*slot)->ours;
  return NULL;
}

/* --- Python ------------------------------------------------------------------------------------------------------- */

enum { ATTACHED = -1 };

int has_launcher(void) { return par.started && !par.program[0] && PYTHON(Py_IsInitialized)(); }

int attach(void) {
  PYTHON_PyThreadState_GetUnchecked current = PYTHON(PyThreadState_GetUnchecked); /* since 3.13 */
  if (!current) current = PYTHON(_PyThreadState_UncheckedGet);
  return current && current() ? ATTACHED : PYTHON(PyGILState_Ensure)();
}

void detach(int state) {
  if (state != ATTACHED) PYTHON(PyGILState_Release)(state);
}

static PyObject *interpreter_dictionary(void) { return PYTHON(PyInterpreterState_GetDict)(PYTHON(PyInterpreterState_Get)()); }

PyObject *launcher_function(const char *name) { return PYTHON(PyDict_GetItemString)(interpreter_dictionary(), name); }

const char *load_library(const char *library, int is_path) {
  if (!has_launcher()) return NULL;
  int state = attach();
  PyObject *load = launcher_function(LOAD), *result = load ? PYTHON(PyObject_CallFunction)(load, "si", library, is_path) : NULL;
  const char *path = result ? PYTHON(PyBytes_AsString)(result) : NULL; /* never freed: dlopen reads it when we are done */
  if (load && !path) PYTHON(PyErr_WriteUnraisable)(load);
  detach(state);
  return path && *path ? path : NULL;
}

static void copy_path(char *to, const char *from) {
  size_t size = length(from);
  if (size >= LONGEST_PATH) size = 0;
  for (size_t i = 0; i < size; i++) to[i] = from[i];
  to[size] = 0;
}

static PyObject *start(PyObject *module, PyObject *arguments) {
  (void)module;
  const char *path, *resolved;
  PyObject *load, *converter;
  static struct par ignored; /* from another interpreter than the first: it is the same */
  struct par *to = par.started ? &ignored : &par;
  if (!PYTHON(PyArg_ParseTuple)(arguments, "iyy(KK)(KK)(KK)OO", &to->descriptor, &path, &resolved, &to->index_offset, &to->index_size, &to->tree_offset,
                                &to->tree_size, &to->names_offset, &to->names_size, &load, &converter))
    return NULL;
  PyObject *functions = interpreter_dictionary();
  if (PYTHON(PyDict_SetItemString)(functions, LOAD, load) || PYTHON(PyDict_SetItemString)(functions, CONVERTER, converter)) return NULL;
  struct status status;
  if (to == &par && !call2(SYS_fstat, par.descriptor, &status)) {
    par.device = status.device;
    par.inode = status.inode;
    copy_path(par.paths[0], path);
    copy_path(par.paths[1], resolved);
    __atomic_store_n(&par.started, 1, __ATOMIC_RELEASE);
  }
  return PYTHON(Py_BuildValue)("");
}

/* What the stub calls when it has started a program of the par. `positions`: of the index and of the top directory. */
EXPORT void rules_par_start(int descriptor, const char *path, const volatile uint64_t positions[4], const char *program) {
  struct status status;
  if (call2(SYS_fstat, descriptor, &status)) return;
  par.descriptor = descriptor;
  par.device = status.device;
  par.inode = status.inode;
  par.index_offset = positions[0];
  par.index_size = positions[1];
  par.tree_offset = positions[2];
  par.tree_size = positions[3];
  copy_path(par.paths[0], path);
  copy_path(par.paths[1], path);
  for (size_t i = 0; (par.program[i] = program[i]); i++) {}
  __atomic_store_n(&par.started, 1, __ATOMIC_RELEASE);
}

static PyObject *stop(PyObject *module, PyObject *arguments) {
  (void)module, (void)arguments;
  PyObject *functions = interpreter_dictionary();
  if (PYTHON(PyDict_DelItemString)(functions, LOAD) || PYTHON(PyDict_DelItemString)(functions, CONVERTER)) return NULL;
  return PYTHON(Py_BuildValue)("");
}

static PyObject *redirect(PyObject *module, PyObject *arguments) {
  (void)module, (void)arguments;
  redirect_calls(0);
  return PYTHON(Py_BuildValue)("");
}

/* What the builder wrote for a library; NULL when it wrote nothing. */
static const struct plan *plan_of(PyObject *bytes) {
  const struct plan *plan = (const struct plan *)PYTHON(PyBytes_AsString)(bytes);
  uint64_t size = (uint64_t)PYTHON(PyBytes_Size)(bytes);
  return size >= sizeof *plan && size >= sizeof *plan + (plan->copied + plan->mapped + plan->dropped) * sizeof plan->parts[0] ? plan : NULL;
}

static PyObject *make_library_of(PyObject *module, PyObject *arguments) {
  (void)module;
  const char *name;
  unsigned long long offset, size;
  PyObject *plan;
  if (!PYTHON(PyArg_ParseTuple)(arguments, "yKKS", &name, &offset, &size, &plan)) return NULL;
  return PYTHON(Py_BuildValue)("i", plan_of(plan) ? make_library(name, offset, size, plan_of(plan)) : -EINVAL);
}

static PyObject *open_library_of(PyObject *module, PyObject *arguments) {
  (void)module;
  const char *path;
  int flags, memory, is_redirected;
  unsigned long long offset, size;
  PyObject *plan;
  if (!PYTHON(PyArg_ParseTuple)(arguments, "siiKKSi", &path, &flags, &memory, &offset, &size, &plan, &is_redirected)) return NULL;
  void *thread = PYTHON(PyEval_SaveThread)();
  take_turn();
  PYTHON(PyEval_RestoreThread)(thread);
  PYTHON_Py_BuildValue build = PYTHON(Py_BuildValue); /* dlsym after open_library would free the text of its error */
  const struct plan *of_library = plan_of(plan);
  PyObject *result = build("s", open_library(path, flags, memory, offset, size, of_library, is_redirected));
  end_turn();
  return result;
}

EXPORT PyObject *PyInit__rules_par_interposer(void) {
  static PyMethodDef methods[] = {
      {"start", start, 1, "start(descriptor, path, resolved, index, tree, natives, load, converter): from now on, paths below the par lead into it."},
      {"stop", stop, 4, "stop(): of an interpreter that ends: it loads no library of the par any more."},
      {"redirect", redirect, 4, "redirect(): sends the calls of all libraries that are loaded, but not Python's, through this module."},
      {"make_library", make_library_of, 1, "make_library(name, offset, size, plan) -> descriptor of a memory file with what ld.so reads of the library, or -errno"},
      {"open_library", open_library_of, 1, "open_library(path, flags, descriptor, offset, size, plan, redirected) -> None, or why it cannot be loaded"},
      {0}};
  static PyModuleDef_Slot slots[2];
  static PyModuleDef definition = {.references = 1, .name = "_rules_par_interposer", .methods = methods, .slots = slots};
  const unsigned long *version = dlsym(NULL, "Py_Version"); /* since 3.11 */
  if (version && *version >= PYTHON_3_12) slots[0] = (PyModuleDef_Slot){MULTIPLE_INTERPRETERS, (void *)OWN_LOCK};
  return PYTHON(PyModuleDef_Init)(&definition);
}
