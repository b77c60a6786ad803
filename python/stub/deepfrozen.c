/* Makes code objects of what tools/builder/deepfreeze.py has written: Python unmarshals nothing, and little is allocated.
 *
 * Deep-frozen code is the memory of the objects of a module, as Python itself would lay them out, in words of 64 bits, described by
 * control bytes: copy the next literals; zeros; pointers to objects of the same memory, to names, to what every interpreter has. Objects
 * without pointers, but for a type whose address is known, need not be copied: they are shared by all processes, as pages of the par. What
 * results is never freed: every object in it is immortal (PEP 683). Names are the interpreter's own, interned, as `marshal` makes them. */

#include "deepfrozen.h"
#include "system.h"

enum { LITERAL, ZERO, LOCAL, NAME, SYMBOL, HEADER, SHARED, SPECIAL }; /* the upper three bits of a control byte */
enum { VERSION, FILENAME, FROZENSET, MADE };                        /* the others, of SPECIAL; of the rest they are a number, less one */
enum { BYTES = 2, STR, EMPTY_TUPLE = 12, EMPTY_BYTES, SINGLE_BYTES = 256, INTS = 512, SMALL_INTS = 517 };
/* In `state` of a string: how it is interned, and, the last, whether it is not from the heap; a compact ASCII string of one byte a character. */
enum { MORTAL = 1, IMMORTAL = 2, IMMORTAL_STATIC = 3, INTERNED = 3, STATIC = 0x80, ASCII = 0x64 };

struct deepfrozen {
  char magic[8];
  uint32_t first_name;       /* the number, in the table of the par, of what is name 0 here */
  uint32_t size;             /* of the memory, in words */
  uint32_t code;             /* the word in it where the module's code object begins */
  uint32_t codes;            /* how many code objects there are */
  uint32_t made;             /* how many sets are made by Python: their order depends on hashes, which differ in each process */
  uint32_t names;            /* how many names */
  uint32_t shared;           /* words of objects that are used where they lie, which follow */
  uint32_t literals;         /* words, which follow; then the numbers of the names, of 32 bits */
  uint32_t large, small, controls; /* operands of 32 and 16 bits, and control bytes, in this order */
  uint32_t bytes_type;       /* where `bytes` is in the Python for which there are shared objects */
  uint64_t immortal;         /* the first word of an object */
};

/* The beginning of a string in CPython: PyASCIIObject. */
struct string {
  uint64_t references;
  void *type;
  int64_t length, hash;
  uint32_t state;
};

/* A set: PySetObject. Before it, as before all that the garbage collector knows, there are words of the collector's. */
struct entry {
  PyObject *key;
  int64_t hash;
};
struct set {
  uint64_t references;
  void *type;
  int64_t fill, used, mask;
  struct entry *table;
  int64_t hash, finger;
  struct entry small[8];
  void *weak;
};
enum { GC_HEAD = 2, PYTHON_3_14 = 0x030e0000 };

/* The part of the par where code lies: modules, then the table of names. */
static struct {
  const char *start;
  uint64_t offset, size; /* of the modules */
  uint32_t names;
  const uint32_t *ends; /* of the names in the text */
  const char *text;
} mapped;

static uint32_t next_version = ~0u;

static struct {
  PyObject *(*PyUnicode_DecodeUTF8)(const char *, intptr_t, const char *);
  void (*PyUnicode_InternInPlace)(PyObject **);
  void *(*malloc)(size_t);
  void (*free)(void *);
} python; /* what is called often */

#define NO_MEMORY "no memory for code: raise the memory limit (ulimit -v)"

static PyObject *failed_with(const char *exception, const char *message) {
  USE(void, PyErr_SetString, PyObject *, const char *);
  PyErr_SetString(*(PyObject **)required(exception), message);
  return NULL;
}

static PyObject *damaged(void) { return failed_with("PyExc_ImportError", "the par is damaged where its code lies: copy or build it again"); }

static PyObject *new_symbol(unsigned number) {
  static const char names[][20] = {"PyCode_Type", "PyTuple_Type", "PyBytes_Type", "PyUnicode_Type", "PyLong_Type", "PyFloat_Type", "PyComplex_Type", "PySlice_Type",
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

/* An immortal ASCII string in memory of ours; NULL when there is none. */
static struct string *new_string(struct codes *codes, const char *text, size_t length, uint64_t immortal) {
  struct string *string = (struct string *)allocate(codes, sizeof *string + length + 1);
  if (!string) return NULL;
  *string = (struct string){.references = immortal, .type = symbol(codes, STR), .length = (int64_t)length, .hash = -1, .state = ASCII};
  char *to = (char *)(string + 1);
  for (size_t i = 0; i < length; i++) to[i] = text[i];
  return string;
}

/* A name, interned and immortal like those that `marshal` makes. In the first interpreter it lies in memory of ours, as a name does that is
 * compiled into Python; elsewhere it must be Python's, since interpreters may share names and outlive each other. NULL with an exception. */
static PyObject *new_name(struct codes *codes, uint32_t number, uint64_t immortal) {
  uint32_t begin = number ? mapped.ends[number - 1] : 0, length = mapped.ends[number] - begin;
  const char *text = mapped.text + begin;
  int is_ascii = codes->is_main && length > 1;
  for (uint32_t i = 0; i < length && is_ascii; i++) is_ascii = !(text[i] & 0x80);
  struct string *ours = is_ascii ? new_string(codes, text, length, immortal) : NULL;
  PyObject *name = ours ? (PyObject *)ours : python.PyUnicode_DecodeUTF8(text, length, "surrogatepass");
  if (!name) return NULL;
  python.PyUnicode_InternInPlace(&name);
  struct string *interned = (struct string *)name;
  if (interned == ours) interned->state |= IMMORTAL_STATIC | STATIC;
  else if ((interned->state & INTERNED) == MORTAL) { /* not in 3.12, where none is */
    interned->state += IMMORTAL - MORTAL;
    interned->references = immortal;
  }
  return name;
}

/* A set of constants, immortal like them, in memory of ours: what Python makes is freed at a time when code may still run. */
static PyObject *make_set(struct codes *codes, uint64_t *items, uint64_t immortal) {
  USE(PyObject *, PyFrozenSet_New, PyObject *);
  USE(void, Py_DecRef, PyObject *);
  struct set *made = (struct set *)PyFrozenSet_New((PyObject *)items);
  if (!made) return NULL;
  size_t entries = made->table == made->small ? 0 : (size_t)made->mask + 1;
  uint64_t *memory = allocate(codes, 8 * GC_HEAD + sizeof *made + entries * sizeof *made->table);
  struct set *set = (struct set *)(memory + GC_HEAD);
  if (memory) {
    *set = *made;
    set->references = immortal;
    set->table = entries ? (struct entry *)(set + 1) : set->small;
    for (size_t i = 0; i < entries; i++) set->table[i] = made->table[i];
  }
  Py_DecRef((PyObject *)made);
  return memory ? (PyObject *)set : failed_with("PyExc_MemoryError", NO_MEMORY);
}

/* The path of a module, for as long as its code lives. */
static PyObject *new_filename(struct codes *codes, PyObject *path, uint64_t immortal) {
  USE(const char *, PyUnicode_AsUTF8AndSize, PyObject *, intptr_t *);
  intptr_t size;
  const char *text = PyUnicode_AsUTF8AndSize(path, &size);
  if (!text) return NULL;
  struct string *string = (struct string *)path;
  if (size != string->length) { /* not ASCII */
    string->references = immortal;
    return path;
  }
  struct string *ours = new_string(codes, text, (size_t)size, immortal);
  if (!ours) return failed_with("PyExc_MemoryError", NO_MEMORY);
  ours->state |= STATIC;
  return (PyObject *)ours;
}

/* Fills the memory. NULL with an exception. */
static PyObject *thaw(struct codes *codes, const struct deepfrozen *frozen, const uint64_t *shared, PyObject **names, PyObject **made, uint64_t *memory,
                      PyObject *filename, uint32_t version) {
  const uint64_t *literal = (const uint64_t *)(frozen + 1) + frozen->shared, *literals_end = literal + frozen->literals;
  const uint32_t *large = (const uint32_t *)literals_end + frozen->names, *large_end = large + frozen->large;
  const uint16_t *small = (const uint16_t *)large_end, *small_end = small + frozen->small;
  const uint8_t *control = (const uint8_t *)small_end, *end = control + frozen->controls;
  uint64_t *next = memory, *full = memory + frozen->size;
  for (uint32_t makes = 0; control < end; control++) {
    unsigned kind = *control / 32, count = *control % 32 + 1;
    unsigned words = kind == HEADER ? 2 : kind == SPECIAL ? 1 : count, operands = kind == SPECIAL ? 1 : count;
    if (words > full - next && *control != SPECIAL * 32 + FROZENSET) return damaged();
    int is_large = kind == LOCAL || kind == SHARED || kind == SPECIAL, is_small = kind == NAME || kind == SYMBOL;
    if ((kind == LITERAL && count > literals_end - literal) || (is_large && *control != SPECIAL * 32 + FILENAME && operands > large_end - large) || (is_small && count > small_end - small)) return damaged();
    switch (kind) {
      case LITERAL: while (count--) *next++ = *literal++; break;
      case ZERO: next += count; break;
      case LOCAL:
        for (; count--; large++) {
          if (*large >= frozen->size) return damaged();
          *next++ = (uint64_t)(memory + *large);
        }
        break;
      case SHARED:
        for (; count--; large++) {
          if (*large >= frozen->shared) return damaged();
          *next++ = (uint64_t)(shared + *large);
        }
        break;
      case NAME:
        for (; count--; small++) {
          if (*small >= frozen->names) return damaged();
          *next++ = (uint64_t)names[*small];
        }
        break;
      case SYMBOL:
        while (count--)
          if (!(*next++ = (uint64_t)symbol(codes, *small++))) return damaged();
        break;
      case HEADER:
        *next++ = frozen->immortal;
        *next++ = (uint64_t)symbol(codes, count - 1);
        break;
      default: {
        uint32_t operand = count - 1 == FILENAME ? 0 : *large++;
        if (count - 1 == VERSION) *next++ = operand | (uint64_t)version-- << 32;
        else if (count - 1 == FILENAME) *next++ = (uint64_t)filename;
        else if (count - 1 == MADE && operand < makes) *next++ = (uint64_t)made[operand];
        else if (count - 1 != FROZENSET || makes == frozen->made || operand >= frozen->size) return damaged();
        else if (!(made[makes++] = make_set(codes, memory + operand, frozen->immortal))) return NULL;
      }
    }
  }
  return next == full && frozen->code < frozen->size ? (PyObject *)(memory + frozen->code) : damaged();
}

static const uint64_t *copy(struct codes *codes, const uint64_t *from, size_t words) {
  uint64_t *to = allocate(codes, 8 * words);
  for (size_t i = 0; to && i < words; i++) to[i] = from[i];
  return to;
}

static PyObject *load(struct codes *codes, const struct deepfrozen *frozen, size_t size, PyObject *filename) {
  const uint32_t *numbers = (const uint32_t *)((const uint64_t *)(frozen + 1) + frozen->shared + frozen->literals);
  if (sizeof *frozen + 8ul * frozen->shared + 8ul * frozen->literals + 4ul * frozen->names + 4ul * frozen->large + 2ul * frozen->small + frozen->controls != size) return damaged();
  if (frozen->bytes_type && (PyObject *)(uintptr_t)frozen->bytes_type != symbol(codes, BYTES)) return damaged();
  call3(SYS_madvise, (uintptr_t)frozen & -process.page, size + ((uintptr_t)frozen & (process.page - 1)), MADV_WILLNEED);
  if (!(filename = new_filename(codes, filename, frozen->immortal))) return NULL;
  PyObject **names = python.malloc(8ul * (frozen->names + frozen->made + 1)), *code = NULL;
  uint64_t *memory = names ? allocate(codes, 8ul * frozen->size) : NULL;
  const uint64_t *shared = (const uint64_t *)(frozen + 1);
  if (!codes->is_main) shared = copy(codes, shared, frozen->shared); /* a string may become a name, of one interpreter */
  if (!memory || !shared) {
    python.free(names);
    return failed_with("PyExc_MemoryError", NO_MEMORY);
  }
  uint32_t known = 0;
  for (uint32_t number; known < frozen->names && (number = frozen->first_name + numbers[known]) < mapped.names; known++) {
    if (!codes->names[number] && !(codes->names[number] = new_name(codes, number, frozen->immortal))) break;
    names[known] = codes->names[number];
  }
  if (known == frozen->names) {
    acquire();
    uint32_t version = next_version; /* Python counts up from 1, and does without them after 2^32 */
    next_version -= frozen->codes;
    release();
    code = thaw(codes, frozen, shared, names, names + frozen->names, memory, filename, version);
  } else if (frozen->first_name + numbers[known] >= mapped.names) damaged();
  python.free(names);
  return code;
}

size_t codes_size(void) { return sizeof(struct codes); }

/* The first code of an interpreter. */
static int begin(struct codes *codes) {
  USE(void *, PyInterpreterState_Get, void);
  USE(void *, PyInterpreterState_Main, void);
  USE(int64_t, PyInterpreterState_GetID, void *);
  USE(PyObject *, PyUnicode_InternFromString, const char *);
  USE(void, Py_DecRef, PyObject *);
  static PyObject *of_main;
  const unsigned long *python_version = required("Py_Version");
  void *interpreter = PyInterpreterState_Get();
  codes->interpreter = PyInterpreterState_GetID(interpreter);
  codes->is_main = interpreter == PyInterpreterState_Main();
  PyObject *probe = PyUnicode_InternFromString("rules_par: whose names are these");
  if (!probe) return 0;
  if (codes->is_main) of_main = probe;
  else {
    reclaim();
    /* Not where it shares objects with the first one; before 3.14 that does not show. */
    codes->is_reclaimed = *python_version >= PYTHON_3_14 && probe != of_main;
    Py_DecRef(probe);
  }
  codes->names = allocate_apart(codes, mapped.names * sizeof *codes->names, 0);
  return codes->names != NULL;
}

int map_code(uint64_t offset, uint64_t names, uint64_t size) {
  if (mapped.start) return 1;
  uint64_t before = offset & (process.page - 1);
  long address = syscall6(SYS_mmap, 0, (long)(names + size - offset + before), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, process.par, (long)(offset - before));
  if (failed(address)) return 0;
  /* Modules are read whole, one by one: what lies around them is not to be read as well. */
  call3(SYS_madvise, address, (names - offset + before) & -process.page, MADV_RANDOM);
  python.PyUnicode_DecodeUTF8 = required("PyUnicode_DecodeUTF8");
  python.PyUnicode_InternInPlace = required("PyUnicode_InternInPlace");
  python.malloc = required("malloc");
  python.free = required("free");
  const char *start = (const char *)address + before;
  const uint32_t *table = (const uint32_t *)(start + (names - offset));
  mapped.names = *table;
  mapped.ends = table + 1;
  mapped.text = (const char *)(table + 1 + mapped.names);
  mapped.offset = offset;
  mapped.size = names - offset;
  mapped.start = start;
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
  return codes->names || begin(codes) ? load(codes, frozen, size, filename) : failed_with("PyExc_MemoryError", NO_MEMORY);
}
