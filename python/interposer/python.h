/* What is used of Python's C API, by symbol: one object serves all versions, and is loaded before there is a Python. */

#ifndef RULES_PAR_PYTHON_H
#define RULES_PAR_PYTHON_H

#include <stddef.h>
#include <stdint.h>

typedef struct object PyObject;
typedef struct { const char *name; PyObject *(*function)(PyObject *, PyObject *); int flags; const char *doc; } PyMethodDef;
typedef struct { intptr_t references; void *type, *init, *index, *copy; const char *name, *doc; intptr_t size; PyMethodDef *methods; void *slots, *rest[3]; } PyModuleDef;
typedef struct { int slot; void *value; } PyModuleDef_Slot;
enum { MULTIPLE_INTERPRETERS = 3, OWN_LOCK = 2, PYTHON_3_12 = 0x030c0000 };

void *dlsym(void *, const char *);

/* PYTHON(Py_IncRef)(object) */
#define PYTHON(name) ((PYTHON_##name)dlsym(NULL, #name))
typedef PyObject *(*PYTHON_Py_BuildValue)(const char *, ...);
typedef void (*PYTHON_Py_DecRef)(PyObject *);
typedef void (*PYTHON_Py_IncRef)(PyObject *);
typedef int (*PYTHON_Py_IsInitialized)(void);
typedef int (*PYTHON_PyArg_ParseTuple)(PyObject *, const char *, ...);
typedef const char *(*PYTHON_PyBytes_AsString)(PyObject *);
typedef PyObject *(*PYTHON_PyBytes_FromStringAndSize)(const char *, intptr_t);
typedef intptr_t (*PYTHON_PyBytes_Size)(PyObject *);
typedef int (*PYTHON_PyDict_DelItemString)(PyObject *, const char *);
typedef PyObject *(*PYTHON_PyDict_GetItemString)(PyObject *, const char *);
typedef int (*PYTHON_PyDict_SetItemString)(PyObject *, const char *, PyObject *);
typedef void (*PYTHON_PyErr_WriteUnraisable)(PyObject *);
typedef void (*PYTHON_PyEval_RestoreThread)(void *);
typedef void *(*PYTHON_PyEval_SaveThread)(void);
typedef int (*PYTHON_PyGILState_Ensure)(void);
typedef void (*PYTHON_PyGILState_Release)(int);
typedef void *(*PYTHON_PyInterpreterState_Get)(void);
typedef PyObject *(*PYTHON_PyInterpreterState_GetDict)(void *);
typedef PyObject *(*PYTHON_PyModuleDef_Init)(PyModuleDef *);
typedef PyObject *(*PYTHON_PyObject_CallFunction)(PyObject *, const char *, ...);
typedef int (*PYTHON_PyObject_IsTrue)(PyObject *);
typedef void *(*PYTHON_PyThreadState_GetUnchecked)(void);
typedef PYTHON_PyThreadState_GetUnchecked PYTHON__PyThreadState_UncheckedGet; /* its name before */

/* Functions of the launcher (interposer.py); each interpreter of the process has its own. */
#define LOAD "_rules_par_load"           /* (library, whether it is a path) -> path for dlopen */
#define CONVERTER "_rules_par_converter" /* (to, from) -> function, or None: no such encoding */

/* False before the launcher has started, and once Python ends. */
int has_launcher(void);

/* Between them this thread can call Python, whose code it may be running already. Not PyGILState_Ensure alone: before 3.12
 * that knows the first interpreter only, and a thread of another would wait for itself. */
int attach(void);
void detach(int state);

/* Of the interpreter of this thread; borrowed. NULL when it has none. */
PyObject *launcher_function(const char *name);

#endif
