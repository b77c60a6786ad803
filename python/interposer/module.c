/* What the launcher sees: the module _rules_par_interposer. Python's headers are not used: one object serves all versions. */

#include "function.h"
#include "python.h"

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

/* Before a signal handler or the child of a fork may need them. */
__attribute__((constructor)) static void find_functions(void) {
  for (struct function **each = __start_rules_par_functions; each < __stop_rules_par_functions; each++)
    if (!(*each)->libc) libc_function(*each);
}

void *interposed(const char *name) {
  for (struct function **each = __start_rules_par_functions; each < __stop_rules_par_functions; each++)
    if (same((*each)->name, name)) return (*each)->ours;
  return NULL;
}

/* --- Python ------------------------------------------------------------------------------------------------------- */

struct python python;

const char *load_library(const char *library, int is_path) {
  if (!python.load || !PYTHON(Py_IsInitialized)()) return NULL;
  int state = PYTHON(PyGILState_Ensure)();
  PyObject *result = PYTHON(PyObject_CallFunction)(python.load, "si", library, is_path);
  const char *path = result ? PYTHON(PyBytes_AsString)(result) : NULL; /* never freed: dlopen reads it when we are done */
  if (!path) PYTHON(PyErr_WriteUnraisable)(python.load);
  PYTHON(PyGILState_Release)(state);
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
  if (!PYTHON(PyArg_ParseTuple)(arguments, "iyy(KK)(KK)(KK)OO", &par.descriptor, &path, &resolved, &par.index_offset, &par.index_size, &par.tree_offset,
                                &par.tree_size, &par.names_offset, &par.names_size, &python.load, &python.converter))
    return NULL;
  PYTHON(Py_IncRef)(python.load);
  PYTHON(Py_IncRef)(python.converter);
  struct status status;
  if (!call2(SYS_fstat, par.descriptor, &status)) {
    par.device = status.device;
    par.inode = status.inode;
    copy_path(par.paths[0], path);
    copy_path(par.paths[1], resolved);
    __atomic_store_n(&par.started, 1, __ATOMIC_RELEASE);
  }
  return PYTHON(Py_BuildValue)("");
}

static PyObject *redirect(PyObject *module, PyObject *arguments) {
  (void)module;
  const char *library;
  if (!PYTHON(PyArg_ParseTuple)(arguments, "z", &library)) return NULL;
  redirect_calls(library);
  return PYTHON(Py_BuildValue)("");
}

EXPORT PyObject *PyInit__rules_par_interposer(void) {
  static PyMethodDef methods[] = {
      {"start", start, 1, "start(descriptor, path, resolved, index, tree, natives, load, converter): from now on, paths below the par lead into it."},
      {"redirect", redirect, 1, "redirect(path): sends the calls of a loaded library through this module; with None, of all but Python and libc."},
      {0}};
  static PyModuleDef definition = {.references = 1, .name = "_rules_par_interposer", .size = -1, .methods = methods};
  return PYTHON(PyModule_Create2)(&definition, 1013);
}
