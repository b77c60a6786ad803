/* iconv(3) for the encodings that libc has in modules of its own (gconv), which a par does not carry: Python's codecs convert them. */

#include "function.h"
#include "python.h"

enum { EILSEQ = 84 };

static struct handles conversions; /* functions of the launcher: (bytes or None, room) -> (bytes taken, bytes, errno) */
static void *const no_conversion = (void *)-1;

INTERPOSE(void *, iconv_open, const char *to, const char *from) {
  void *result = LIBC(iconv_open)(to, from);
  if (result != no_conversion || !has_launcher()) return result;
  int error = errno, state = attach();
  PyObject *converter = launcher_function(CONVERTER), *function = converter ? PYTHON(PyObject_CallFunction)(converter, "ss", to, from) : NULL;
  if (converter && !function) PYTHON(PyErr_WriteUnraisable)(converter);
  if (function && !PYTHON(PyObject_IsTrue)(function)) { /* no such encoding */
    PYTHON(Py_DecRef)(function);
    function = NULL;
  }
  if (function && !add_handle(&conversions, function)) {
    PYTHON(Py_DecRef)(function);
    function = NULL;
    error = EMFILE;
  }
  detach(state);
  if (!function) return fail(error), no_conversion;
  return function;
}

static size_t convert(PyObject *function, char **in, size_t *in_left, char **out, size_t *out_left) {
  int is_reset = !in || !*in, state = attach(), error = EILSEQ;
  intptr_t taken = 0;
  PyObject *made = NULL;
  PyObject *input = is_reset ? PYTHON(Py_BuildValue)("") : PYTHON(PyBytes_FromStringAndSize)(*in, (intptr_t)*in_left);
  size_t room = out && *out ? *out_left : 0;
  PyObject *result = input ? PYTHON(PyObject_CallFunction)(function, "On", input, (intptr_t)room) : NULL;
  if (result && PYTHON(PyArg_ParseTuple)(result, "nSi", &taken, &made, &error)) {
    const char *bytes = PYTHON(PyBytes_AsString)(made);
    size_t size = (size_t)PYTHON(PyBytes_Size)(made);
    for (size_t i = 0; i < size && i < room; i++) (*out)[i] = bytes[i];
    if (size) *out += size, *out_left -= size;
    if (!is_reset) *in += taken, *in_left -= (size_t)taken;
  } else {
    PYTHON(PyErr_WriteUnraisable)(function);
  }
  if (input) PYTHON(Py_DecRef)(input);
  if (result) PYTHON(Py_DecRef)(result);
  detach(state);
  return error ? (size_t)fail(error) : 0;
}

INTERPOSE(size_t, iconv, void *conversion, char **in, size_t *in_left, char **out, size_t *out_left) {
  if (!find_handle(&conversions, conversion)) return LIBC(iconv)(conversion, in, in_left, out, out_left);
  return convert(conversion, in, in_left, out, out_left);
}

INTERPOSE(int, iconv_close, void *conversion) {
  void **ours = find_handle(&conversions, conversion);
  if (!ours) return LIBC(iconv_close)(conversion);
  remove_handle(ours);
  int state = attach();
  PYTHON(Py_DecRef)(conversion);
  detach(state);
  return 0;
}
