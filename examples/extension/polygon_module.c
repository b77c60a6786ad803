// The module _polygon: area(corners) of one polygon.

#define Py_LIMITED_API 0x03090000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "examples/extension/geometry.h"

enum { kMostCorners = 1000 };

static PyObject* area(PyObject* module, PyObject* corners) {
  (void)module;
  point points[kMostCorners];
  const Py_ssize_t count = PySequence_Size(corners);
  if (count < 0) return NULL;
  if (count > kMostCorners) return PyErr_Format(PyExc_ValueError, "more than %d corners", kMostCorners);
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* corner = PySequence_GetItem(corners, i);
    PyObject* pair = corner ? PySequence_Tuple(corner) : NULL;
    const int ok = pair && PyArg_ParseTuple(pair, "dd", &points[i].x, &points[i].y);
    Py_XDECREF(pair);
    Py_XDECREF(corner);
    if (!ok) return NULL;
  }
  return PyFloat_FromDouble(geometry_polygon_area(points, (size_t)count));
}

static PyObject* calls(PyObject* module, PyObject* unused) {
  (void)module, (void)unused;
  return PyLong_FromUnsignedLong(geometry_calls());
}

static PyMethodDef methods[] = {
    {"area", area, METH_O, "area([(x, y), ...]): positive when the corners go counterclockwise."},
    {"calls", calls, METH_NOARGS, "calls(): how often the geometry library in this module was used."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_polygon", "Area of a polygon.", 0, methods, slots, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__polygon(void) { return PyModuleDef_Init(&definition); }
