/* What the launcher sees of the stub: the built-in module _rules_par_stub. Interpreters with a lock of their own (PEP 684) may
 * call it at the same time. */

#include "stub.h"

typedef struct { const char *name; PyObject *(*function)(PyObject *, PyObject *); int flags; const char *doc; } PyMethodDef;
typedef struct { int slot; void *value; } PyModuleDef_Slot;
typedef struct {
  intptr_t references;
  void *type, *init, *index, *copy;
  const char *name, *doc;
  intptr_t size;
  PyMethodDef *methods;
  PyModuleDef_Slot *slots;
  void *rest[3];
} PyModuleDef;
enum { NO_ARGUMENTS = 4, ARGUMENTS = 1, MULTIPLE_INTERPRETERS = 3, OWN_LOCK = 2, PYTHON_3_12 = 0x030c0000 };

static void *lock;

void acquire(void) {
  USE(int, PyThread_acquire_lock, void *, int);
  PyThread_acquire_lock(lock, 1);
}

void release(void) {
  USE(void, PyThread_release_lock, void *);
  PyThread_release_lock(lock);
}

static PyObject *integer(long value) {
  USE(PyObject *, PyLong_FromLong, long);
  return PyLong_FromLong(value);
}

static PyObject *started(PyObject *self, PyObject *nothing) {
  (void)self, (void)nothing;
  USE(PyObject *, PyUnicode_DecodeFSDefault, const char *);
  USE(PyObject *, Py_BuildValue, const char *, ...);
  return Py_BuildValue("(iN(yyyy))", process.par, PyUnicode_DecodeFSDefault(process.path), process.controls[0], process.controls[1],
                       process.controls[2], process.controls[3]);
}

static PyObject *is_main_interpreter(PyObject *self, PyObject *nothing) {
  (void)self, (void)nothing;
  USE(void *, PyInterpreterState_Get, void);
  USE(void *, PyInterpreterState_Main, void);
  return integer(PyInterpreterState_Get() == PyInterpreterState_Main());
}

static PyObject *next_number(PyObject *self, PyObject *nothing) {
  (void)self, (void)nothing;
  static long number;
  acquire();
  long next = ++number;
  release();
  return integer(next);
}

/* Libraries that some interpreter has loaded. */
static struct loaded {
  struct loaded *next;
  int number;
  char path[];
} *loaded;

static PyObject *path_of(PyObject *self, PyObject *arguments) {
  (void)self;
  USE(int, PyArg_ParseTuple, PyObject *, const char *, ...);
  USE(PyObject *, Py_BuildValue, const char *, ...);
  int number;
  if (!PyArg_ParseTuple(arguments, "i", &number)) return NULL;
  acquire();
  const struct loaded *each = loaded;
  while (each && each->number != number) each = each->next;
  release();
  return Py_BuildValue("s", each ? each->path : NULL); /* None for NULL; never freed */
}

static PyObject *set_path(PyObject *self, PyObject *arguments) {
  (void)self;
  USE(int, PyArg_ParseTuple, PyObject *, const char *, ...);
  USE(PyObject *, Py_BuildValue, const char *, ...);
  USE(void *, malloc, size_t);
  int number;
  const char *path;
  if (!PyArg_ParseTuple(arguments, "is", &number, &path)) return NULL;
  size_t size = strlen(path) + 1;
  struct loaded *entry = malloc(sizeof *entry + size);
  if (entry) { /* without, an interpreter may load it again */
    entry->number = number;
    memcpy(entry->path, path, size);
    acquire();
    entry->next = loaded;
    loaded = entry;
    release();
  }
  return Py_BuildValue("");
}

static PyObject *map_code_of_par(PyObject *self, PyObject *arguments) {
  (void)self;
  USE(int, PyArg_ParseTuple, PyObject *, const char *, ...);
  unsigned long long offset, names, size;
  return PyArg_ParseTuple(arguments, "KKK", &offset, &names, &size) ? integer(map_code(offset, names, size)) : NULL;
}

static PyObject *load_code(PyObject *self, PyObject *arguments) {
  USE(int, PyArg_ParseTuple, PyObject *, const char *, ...);
  USE(void *, PyModule_GetState, PyObject *);
  unsigned long long offset, size;
  PyObject *filename;
  return PyArg_ParseTuple(arguments, "KKU", &offset, &size, &filename) ? load_deepfrozen(PyModule_GetState(self), offset, size, filename) : NULL;
}

static PyModuleDef definition;

static PyObject *initialize(void) {
  USE(PyObject *, PyModuleDef_Init, PyModuleDef *);
  return PyModuleDef_Init(&definition);
}

void add_module(void) {
  /* Here, because the stub has no relocations. */
  static PyMethodDef methods[8];
  methods[0] = (PyMethodDef){"started", started, NO_ARGUMENTS, "started() -> (descriptor of the par, its path, controls)"};
  methods[1] = (PyMethodDef){"is_main_interpreter", is_main_interpreter, NO_ARGUMENTS, "is_main_interpreter() -> int"};
  methods[2] = (PyMethodDef){"next_number", next_number, NO_ARGUMENTS, "next_number() -> int, another each time"};
  methods[3] = (PyMethodDef){"path_of", path_of, ARGUMENTS, "path_of(number) -> what set_path was given, or None"};
  methods[4] = (PyMethodDef){"set_path", set_path, ARGUMENTS, "set_path(number, path): the library is loaded by this path"};
  methods[5] = (PyMethodDef){"map_code", map_code_of_par, ARGUMENTS, "map_code(offset, names, size) -> whether deep-frozen code, from offset on, and size bytes of names behind it could be mapped"};
  methods[6] = (PyMethodDef){"load_code", load_code, ARGUMENTS, "load_code(offset, size, filename) -> the code that is deep-frozen there, or None"};
  static PyModuleDef_Slot slots[2];
  const unsigned long *version = find_symbol("Py_Version"); /* since 3.11 */
  if (version && *version >= PYTHON_3_12) slots[0] = (PyModuleDef_Slot){MULTIPLE_INTERPRETERS, (void *)OWN_LOCK};
  definition = (PyModuleDef){.references = 1, .name = "_rules_par_stub", .size = (intptr_t)codes_size(), .methods = methods, .slots = slots};
  USE(int, PyImport_AppendInittab, const char *, PyObject *(*)(void));
  USE(void *, PyThread_allocate_lock, void);
  lock = PyThread_allocate_lock();
  PyImport_AppendInittab("_rules_par_stub", initialize);
}
