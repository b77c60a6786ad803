/* Makes code objects of what tools/builder/deepfreeze.py has written: Python unmarshals nothing, and little is allocated.
 *
 * Deep-frozen code is the memory of the objects of a module, as Python itself would lay them out, in words of 64 bits, described by
 * control bytes: copy the next literals; zeros; pointers to objects of the same memory, to strings, to what every interpreter has. What
 * results is never freed: every object in it is immortal (PEP 683). Names are the interpreter's own, interned, as `marshal` makes them. */

#include "stub.h"
#include "system.h"

enum { LITERAL, ZERO, LOCAL, STRING, SYMBOL, HEADER, MADE, SPECIAL }; /* the upper three bits of a control byte */
enum { VERSION, FILENAME, FROZENSET, SLICE };                         /* the others, of SPECIAL; of the rest they are a number, less one */
enum { EMPTY_TUPLE = 11, EMPTY_BYTES, SINGLE_BYTES = 256, INTS = 512, SMALL_INTS = 517, SYMBOLS = 774 };
enum { INTERNED = 3, MORTAL = 1 }; /* in `state` of a string */

struct deepfrozen {
  char magic[8];
  uint32_t size;             /* of the memory, in words */
  uint32_t code;             /* the word in it where the module's code object begins */
  uint32_t codes;            /* how many code objects there are */
  uint32_t made;             /* how many objects are made by Python */
  uint32_t strings;          /* how many names: two arrays, of checksums and of lengths, behind the literals; the text comes last */
  uint32_t literals;         /* words, behind this */
  uint32_t large, small, controls; /* how many operands of 32 and 16 bits, and control bytes, in this order */
  uint32_t reserved;
  uint64_t immortal;         /* the first word of an object */
};

/* The beginning of a string in CPython: PyASCIIObject. */
struct string {
  uint64_t references;
  void *type;
  int64_t length, hash;
  uint32_t state;
};

struct name {
  uint32_t key, length;
  const char *text; /* in the par */
  PyObject *string;
};

/* Memory for code; it begins so. */
struct chunk {
  struct chunk *next;
  size_t size;
  int64_t interpreter;
  uint64_t reserved;
};

/* Of an interpreter. */
struct codes {
  PyObject *symbols[SYMBOLS];
  struct name *names; /* a hash table; a power of two of them */
  uint32_t capacity, used;
  char *next, *end; /* what is left of the last chunk */
  size_t taken;
  struct chunk *chunks;
};

static struct {
  const char *start;
  uint64_t offset, size;
} mapped; /* the part of the par where code lies */

static struct chunk *retired; /* of interpreters that are ending or gone */
static uint32_t next_version = ~0u;

static struct {
  PyObject *(*PyUnicode_DecodeUTF8)(const char *, intptr_t, const char *);
  void (*PyUnicode_InternInPlace)(PyObject **);
  void (*Py_IncRef)(PyObject *);
  void *(*malloc)(size_t), *(*calloc)(size_t, size_t);
  void (*free)(void *);
} python; /* what is called often */

static PyObject *failed_with(const char *exception, const char *message) {
  USE(void, PyErr_SetString, PyObject *, const char *);
  PyErr_SetString(*(PyObject **)required(exception), message);
  return NULL;
}

static PyObject *damaged(void) { return failed_with("PyExc_ImportError", "the par is damaged where its code lies: copy or build it again"); }

static PyObject *new_symbol(unsigned number) {
  static const char names[][20] = {"PyCode_Type", "PyTuple_Type", "PyBytes_Type", "PyUnicode_Type", "PyLong_Type", "PyFloat_Type", "PyComplex_Type",
                                   "_Py_NoneStruct", "_Py_TrueStruct", "_Py_FalseStruct", "_Py_EllipsisObject"};
  if (number < sizeof names / sizeof *names) return required(names[number]);
  if (number == EMPTY_TUPLE) {
    USE(PyObject *, PyTuple_New, intptr_t);
    return PyTuple_New(0);
  }
  if (number >= INTS) {
    USE(PyObject *, PyLong_FromLong, long);
    return PyLong_FromLong((long)number - SMALL_INTS);
  }
  USE(PyObject *, PyBytes_FromStringAndSize, const char *, intptr_t);
  char byte = (char)(number - SINGLE_BYTES);
  return PyBytes_FromStringAndSize(&byte, number >= SINGLE_BYTES);
}

/* NULL without an exception when there is no such symbol. */
static PyObject *symbol(struct codes *codes, unsigned number) {
  if (number >= SYMBOLS) return NULL;
  if (!codes->symbols[number]) codes->symbols[number] = new_symbol(number);
  return codes->symbols[number];
}

static int64_t this_interpreter(void) {
  USE(void *, PyInterpreterState_Get, void);
  USE(int64_t, PyInterpreterState_GetID, void *);
  return PyInterpreterState_GetID(PyInterpreterState_Get());
}

/* Zeroed memory for code. Whole chunks are touched at once, which costs a fraction of what faults cost; so the first are small. */
static uint64_t *allocate(struct codes *codes, size_t size) {
  enum { LEAST = 1 << 16, MOST = 1 << 20 };
  size = (size + 15) & -16ul;
  if (size > (size_t)(codes->end - codes->next)) {
    size_t room = codes->taken / 4 < LEAST ? LEAST : codes->taken / 4 > MOST ? MOST : codes->taken / 4;
    if (room < size + sizeof(struct chunk)) room = size + sizeof(struct chunk);
    room = (room + process.page - 1) & -process.page;
    long address = syscall6(SYS_mmap, 0, (long)room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (failed(address)) return NULL;
    struct chunk *chunk = (struct chunk *)address;
    chunk->next = codes->chunks;
    chunk->size = room;
    codes->chunks = chunk;
    codes->next = (char *)(chunk + 1);
    codes->end = (char *)chunk + room;
    codes->taken += room;
  }
  char *found = codes->next;
  codes->next += size;
  return (uint64_t *)found;
}

static int grow(struct codes *codes) {
  uint32_t capacity = codes->capacity ? codes->capacity * 2 : 4096;
  struct name *names = python.calloc(capacity, sizeof *names);
  if (!names) return 0;
  for (struct name *each = codes->names; each < codes->names + codes->capacity; each++) {
    if (!each->string) continue;
    uint32_t at = each->key;
    while (names[at & (capacity - 1)].string) at++;
    names[at & (capacity - 1)] = *each;
  }
  python.free(codes->names);
  codes->names = names;
  codes->capacity = capacity;
  return 1;
}

/* A name, interned and immortal like those that `marshal` makes. Most were met before, in other modules. NULL with an exception. */
static PyObject *name(struct codes *codes, uint32_t key, uint32_t length, const char *text, uint64_t immortal) {
  if (codes->used * 2 >= codes->capacity && !grow(codes)) return failed_with("PyExc_MemoryError", "no memory for names");
  uint32_t at = key & (codes->capacity - 1);
  for (struct name *each; (each = &codes->names[at])->string; at = (at + 1) & (codes->capacity - 1)) {
    if (each->key != key || each->length != length) continue;
    uint32_t same = 0;
    while (same < length && each->text[same] == text[same]) same++;
    if (same == length) return each->string;
  }
  PyObject *string = python.PyUnicode_DecodeUTF8(text, length, "surrogatepass");
  if (!string) return NULL;
  python.PyUnicode_InternInPlace(&string);
  struct string *memory = (struct string *)string;
  if ((memory->state & INTERNED) == MORTAL) { /* not in 3.12, which has made it immortal */
    memory->state++;
    memory->references = immortal;
  }
  codes->names[at] = (struct name){key, length, text, string};
  codes->used++;
  return string;
}

static PyObject *make(unsigned what, uint64_t *parts) {
  USE(PyObject *, PyTuple_GetItem, PyObject *, intptr_t);
  PyObject *tuple = (PyObject *)parts;
  if (what == FROZENSET) {
    USE(PyObject *, PyFrozenSet_New, PyObject *);
    return PyFrozenSet_New(tuple);
  }
  USE(PyObject *, PySlice_New, PyObject *, PyObject *, PyObject *);
  return PySlice_New(PyTuple_GetItem(tuple, 0), PyTuple_GetItem(tuple, 1), PyTuple_GetItem(tuple, 2));
}

/* What the control bytes say, from `at` on. The objects that Python makes are `made`. NULL with an exception. */
static PyObject *thaw(struct codes *codes, const struct deepfrozen *frozen, PyObject **strings, PyObject **made, uint64_t *memory, PyObject *filename, uint32_t version) {
  const uint64_t *literal = (const uint64_t *)(frozen + 1);
  const uint32_t *large = (const uint32_t *)(literal + frozen->literals) + 2 * frozen->strings;
  const uint16_t *small = (const uint16_t *)(large + frozen->large);
  const uint8_t *control = (const uint8_t *)(small + frozen->small), *end = control + frozen->controls;
  uint64_t *next = memory, *full = memory + frozen->size;
  for (uint32_t makes = 0; control < end; control++) {
    unsigned count = *control % 32 + 1;
    if (next + count > full && *control / 32 < SPECIAL) return damaged();
    switch (*control / 32) {
      case LITERAL: while (count--) *next++ = *literal++; break;
      case ZERO: next += count; break;
      case LOCAL: while (count--) *next++ = (uint64_t)(memory + *large++); break;
      case STRING: while (count--) *next++ = (uint64_t)strings[*small++]; break;
      case MADE: while (count--) *next++ = (uint64_t)made[*small++]; break;
      case SYMBOL:
        while (count--)
          if (!(*next++ = (uint64_t)symbol(codes, *small++))) return damaged();
        break;
      case HEADER:
        *next++ = frozen->immortal;
        *next++ = (uint64_t)symbol(codes, count - 1);
        break;
      default:
        if (count - 1 == VERSION) *next++ = *large++ | (uint64_t)version-- << 32;
        else if (count - 1 == FILENAME) {
          python.Py_IncRef(filename);
          *next++ = (uint64_t)filename;
        } else if (makes == frozen->made) return damaged();
        else if (!(made[makes++] = make(count - 1, memory + *large++))) return NULL;
    }
  }
  return next == full && frozen->code < frozen->size ? (PyObject *)(memory + frozen->code) : damaged();
}

static PyObject *load(struct codes *codes, const struct deepfrozen *frozen, size_t size, PyObject *filename) {
  const uint32_t *keys = (const uint32_t *)((const uint64_t *)(frozen + 1) + frozen->literals), *lengths = keys + frozen->strings;
  uint64_t fixed = sizeof *frozen + 8ul * frozen->literals + 4ul * (2ul * frozen->strings + frozen->large) + 2ul * frozen->small + frozen->controls;
  if (fixed > size) return damaged();
  const char *text = (const char *)frozen + fixed, *text_end = (const char *)frozen + size;
  PyObject **strings = python.malloc(8ul * (frozen->strings + frozen->made + 1)), *code = NULL;
  uint64_t *memory = strings ? allocate(codes, 8ul * frozen->size) : NULL;
  if (!memory) {
    python.free(strings);
    return failed_with("PyExc_MemoryError", "no memory for code: raise the memory limit (ulimit -v)");
  }
  uint32_t known = 0;
  for (; known < frozen->strings && lengths[known] <= (size_t)(text_end - text); text += lengths[known++])
    if (!(strings[known] = name(codes, keys[known], lengths[known], text, frozen->immortal))) break;
  if (known == frozen->strings) {
    acquire();
    uint32_t version = next_version; /* Python counts up from 1, and does without them after 2^32 */
    next_version -= frozen->codes;
    release();
    code = thaw(codes, frozen, strings, strings + frozen->strings, memory, filename, version);
  } else if (lengths[known] > (size_t)(text_end - text)) damaged();
  python.free(strings);
  return code;
}

size_t codes_size(void) { return sizeof(struct codes); }

static void retire(struct chunk *chunks) {
  struct chunk *last = chunks;
  if (!last) return;
  while (last->next) last = last->next;
  acquire();
  last->next = retired;
  retired = chunks;
  release();
}

/* The interpreter ends; functions of its modules may still run until it is gone. */
void codes_free(void *state) {
  struct codes *codes = state;
  int64_t interpreter = this_interpreter();
  for (struct chunk *chunk = codes->chunks; chunk; chunk = chunk->next) chunk->interpreter = interpreter;
  retire(codes->chunks);
  if (codes->names) python.free(codes->names);
  codes->chunks = NULL;
  codes->names = NULL;
}

/* Gives back memory of interpreters that are gone. */
static void reclaim(void) {
  USE(void *, _PyInterpreterState_LookUpID, int64_t);
  USE(void, PyErr_Clear, void);
  acquire();
  struct chunk *left = NULL, *chunk = retired;
  retired = NULL;
  release();
  while (chunk) {
    struct chunk *next = chunk->next;
    if (_PyInterpreterState_LookUpID(chunk->interpreter)) {
      chunk->next = left;
      left = chunk;
    } else {
      PyErr_Clear();
      call2(SYS_munmap, chunk, chunk->size);
    }
    chunk = next;
  }
  retire(left);
}

int map_code(uint64_t offset, uint64_t size) {
  if (mapped.start) return 1;
  uint64_t before = offset & (process.page - 1);
  long address = syscall6(SYS_mmap, 0, (long)(size + before), PROT_READ, MAP_PRIVATE, process.par, (long)(offset - before));
  if (failed(address)) return 0;
  python.PyUnicode_DecodeUTF8 = required("PyUnicode_DecodeUTF8");
  python.PyUnicode_InternInPlace = required("PyUnicode_InternInPlace");
  python.Py_IncRef = required("Py_IncRef");
  python.malloc = required("malloc");
  python.calloc = required("calloc");
  python.free = required("free");
  mapped.offset = offset;
  mapped.size = size;
  mapped.start = (const char *)address + before;
  return 1;
}

PyObject *load_deepfrozen(void *state, uint64_t offset, uint64_t size, PyObject *filename) {
  USE(PyObject *, Py_BuildValue, const char *, ...);
  if (offset < mapped.offset || offset + size > mapped.offset + mapped.size || size < sizeof(struct deepfrozen)) return Py_BuildValue("");
  const struct deepfrozen *frozen = (const struct deepfrozen *)(mapped.start + (offset - mapped.offset));
  static const char magic[] = "deepfrz\1";
  for (unsigned i = 0; i < sizeof frozen->magic; i++)
    if (frozen->magic[i] != magic[i]) return Py_BuildValue("");
  struct codes *codes = state;
  if (!codes->chunks && retired) reclaim();
  return load(codes, frozen, size, filename);
}
