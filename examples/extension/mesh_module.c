// The module _mesh: area(triangles) of a surface, with the geometry library that it shares with others.

#define Py_LIMITED_API 0x03090000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "examples/extension/geometry.h"

// The area of one triangle, given as a sequence of six numbers x, y, x, y, x, y. Returns 0 with an exception set on error.
static int add_triangle(PyObject* triangle, double* sum) {
  point corners[3];
  PyObject* numbers = PySequence_Tuple(triangle);
  const int ok = numbers && PyArg_ParseTuple(numbers, "dddddd", &corners[0].x, &corners[0].y, &corners[1].x,
                                             &corners[1].y, &corners[2].x, &corners[2].y);
  Py_XDECREF(numbers);
  if (!ok) return 0;
  const double area = geometry_polygon_area(corners, 3);
  *sum += area < 0 ? -area : area;
  return 1;
}

static PyObject* area(PyObject* module, PyObject* triangles) {
  (void)module;
  double sum = 0;
  PyObject* iterator = PyObject_GetIter(triangles);
  if (!iterator) return NULL;
  for (PyObject* triangle; (triangle = PyIter_Next(iterator));) {
    const int ok = add_triangle(triangle, &sum);
    Py_DECREF(triangle);
    if (!ok) break;
  }
  Py_DECREF(iterator);
  return PyErr_Occurred() ? NULL : PyFloat_FromDouble(sum);
}

static PyObject* calls(PyObject* module, PyObject* unused) {
  (void)module, (void)unused;
  return PyLong_FromUnsignedLong(geometry_calls());
}

static PyMethodDef methods[] = {
    {"area", area, METH_O, "area([(x, y, x, y, x, y), ...]): of all the triangles together."},
    {"calls", calls, METH_NOARGS, "calls(): how often the shared geometry library was used."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_mesh", "Area of a surface.", 0, methods, slots, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__mesh(void) { return PyModuleDef_Init(&definition); }
