/* What is used of Python's C API, by symbol: one object serves all versions, and is loaded before there is a Python. */

#ifndef RULES_PAR_PYTHON_H
#define RULES_PAR_PYTHON_H

#include <stddef.h>
#include <stdint.h>

typedef struct object PyObject;
typedef struct { const char *name; PyObject *(*function)(PyObject *, PyObject *); int flags; const char *doc; } PyMethodDef;
typedef struct { intptr_t references; void *type, *init, *index, *copy; const char *name, *doc; intptr_t size; PyMethodDef *methods; void *rest[4]; } PyModuleDef;

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
typedef void (*PYTHON_PyErr_WriteUnraisable)(PyObject *);
typedef int (*PYTHON_PyGILState_Ensure)(void);
typedef void (*PYTHON_PyGILState_Release)(int);
typedef PyObject *(*PYTHON_PyModule_Create2)(PyModuleDef *, int);
typedef PyObject *(*PYTHON_PyObject_CallFunction)(PyObject *, const char *, ...);
typedef int (*PYTHON_PyObject_IsTrue)(PyObject *);

/* Functions of the launcher (interposer.py). NULL before it has started, and once Python ends. */
extern struct python {
  PyObject *load;      /* (library, whether it is a path) -> path for dlopen */
  PyObject *converter; /* (to, from) -> function, or None: no such encoding */
} python;

#endif
