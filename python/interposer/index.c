/* The par's index as tools/builder/index.py writes it: records in Python's marshal format, version 2, of tuples, dictionaries, numbers
 * and names. It is read into memory once, when something of the par is first asked for. */

#include "interposer.h"

/* par.index_size bytes. Behind them there is a byte for each eight: whether the record whose check begins there was found to be intact. */
static unsigned char *all_records;

static uint64_t number_of(const unsigned char *bytes, int size) {
  uint64_t value = 0;
  while (size--) value = value << 8 | bytes[size];
  return value;
}

/* Returns memory, because a program that truncates the par in place would make a mapping of it a trap. */
static unsigned char *records(void) {
  unsigned char *known = __atomic_load_n(&all_records, __ATOMIC_ACQUIRE);
  if (known) return known;
  size_t room = par.index_size + par.index_size / 8 + 1;
  long memory = syscall6(SYS_mmap, 0, (long)room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (failed(memory)) return NULL;
  if (read_par((void *)memory, par.index_size, par.index_offset) ||
      !__atomic_compare_exchange_n(&all_records, &known, (unsigned char *)memory, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
    call2(SYS_munmap, memory, (long)room); /* another thread was faster, or it cannot be read */
  return all_records;
}

/* The eight bytes behind a record are the record, as a little-endian number, modulo 2^61 - 1. */
static int is_intact(const unsigned char *record, size_t size) {
  unsigned char *known = all_records + par.index_size + (record + size - all_records) / 8;
  if (__atomic_load_n(known, __ATOMIC_RELAXED)) return 1;
  const uint64_t prime = (1ul << 61) - 1;
  uint64_t rest = 0;
  for (size_t left = size; left;) { /* from the most significant bytes; 2^(8 n) = 2^(8 n mod 61) */
    int step = left % 7 ? (int)(left % 7) : 7;
    left -= step;
    /* rest * 2^(8 step), by rotation within 61 bits */
    int shift = 8 * step;
    rest = ((rest << shift) & prime) | (rest >> (61 - shift));
    rest += number_of(record + left, step);
    rest = (rest & prime) + (rest >> 61);
  }
  if (rest % prime != number_of(record + size, 8)) return 0;
  __atomic_store_n(known, 1, __ATOMIC_RELAXED);
  return 1;
}

static int open_record(uint64_t offset, uint64_t size, struct cursor *record) {
  unsigned char *start = records();
  if (!start || offset < par.index_offset || size < 8 || size > par.index_size || offset - par.index_offset > par.index_size - size) return -EIO;
  start += offset - par.index_offset;
  *record = (struct cursor){start, start + size - 8};
  return is_intact(start, size - 8) ? 0 : -EIO;
}

static int take(struct cursor *cursor, size_t size, const unsigned char **bytes) {
  if ((size_t)(cursor->end - cursor->at) < size) return -EIO;
  *bytes = cursor->at;
  cursor->at += size;
  return 0;
}

static int take_kind(struct cursor *cursor, char kind) {
  const unsigned char *found;
  return take(cursor, 1, &found) || *found != (unsigned char)kind ? -EIO : 0;
}

static int take_tuple(struct cursor *cursor, uint32_t size) {
  const unsigned char *count;
  return take_kind(cursor, '(') || take(cursor, 4, &count) || number_of(count, 4) != size ? -EIO : 0;
}

static int take_number(struct cursor *cursor, uint64_t *value) {
  const unsigned char *kind, *bytes, *digits;
  if (take(cursor, 1, &kind)) return -EIO;
  if (*kind == 'T' || *kind == 'F') return *value = *kind == 'T', 0;
  if (take(cursor, 4, &bytes)) return -EIO;
  if (*kind == 'i') return *value = number_of(bytes, 4), 0;
  uint64_t count = number_of(bytes, 4);
  if (*kind != 'l' || count > 5 || take(cursor, 2 * count, &digits)) return -EIO;
  for (*value = 0; count--;) *value = *value << 15 | number_of(digits + 2 * count, 2);
  return 0;
}

static int take_name(struct cursor *cursor, const unsigned char **name, size_t *size) {
  const unsigned char *bytes;
  if (take_kind(cursor, 'u') || take(cursor, 4, &bytes)) return -EIO;
  *size = number_of(bytes, 4);
  return take(cursor, *size, name);
}

/* Whether a dictionary has another entry; the cursor is then at its key. */
static int has_next(struct cursor *cursor) {
  if (cursor->at < cursor->end && *cursor->at == '0') return cursor->at++, 0;
  return cursor->at < cursor->end;
}

/* As strcmp, of names that are not terminated. */
static int compare(const unsigned char *a, size_t a_size, const unsigned char *b, size_t b_size) {
  size_t i = 0;
  while (i < a_size && i < b_size && a[i] == b[i]) i++;
  return i < a_size && i < b_size ? a[i] - b[i] : (a_size > b_size) - (a_size < b_size);
}

/* What a name of a directory means: two numbers are a directory, three a file. */
static int take_entry(struct cursor *cursor, struct entry *entry) {
  const unsigned char *count;
  uint64_t executable = 0;
  if (take_kind(cursor, '(') || take(cursor, 4, &count)) return -EIO;
  entry->is_directory = number_of(count, 4) == 2;
  if (take_number(cursor, &entry->offset) || take_number(cursor, &entry->size) || (!entry->is_directory && take_number(cursor, &executable))) return -EIO;
  entry->is_executable = executable > 0;
  entry->program = executable > 1 ? (uint32_t)executable - 1 : 0;
  return 0;
}

int open_listing(const struct entry *directory, struct listing *listing) {
  listing->is_directory = 0;
  struct cursor *cursor = &listing->rest;
  return open_record(directory->offset, directory->size, cursor) || take_tuple(cursor, 4) || take_kind(cursor, '{') ? -EIO : 0;
}

int next_entry(struct listing *listing, struct entry *entry) {
  struct cursor *cursor = &listing->rest;
  while (!has_next(cursor)) {
    if (listing->is_directory++) return 0;
    if (take_kind(cursor, '{')) return -EIO;
  }
  if (take_name(cursor, &listing->name, &listing->name_size)) return -EIO;
  return take_entry(cursor, entry) ? -EIO : 1;
}

/* By the table with which a directory's record ends: where the names are in the record, in their order, and how many. */
static int find_name(const struct entry *directory, const unsigned char *name, size_t size, struct entry *found) {
  struct cursor record;
  if (open_record(directory->offset, directory->size, &record)) return -EIO;
  size_t room = record.end - record.at;
  uint64_t low = 0, high = room < 4 ? 0 : number_of(record.end - 4, 4);
  if (room < 4 || high > room / 4 - 1) return -EIO;
  for (const unsigned char *table = record.end - 4 - 4 * high; low < high;) {
    uint64_t middle = (low + high) / 2, place = number_of(table + 4 * middle, 4);
    if (place > room) return -EIO;
    struct cursor cursor = {record.at + place, record.end};
    const unsigned char *known;
    size_t known_size;
    if (take_name(&cursor, &known, &known_size)) return -EIO;
    int order = compare(name, size, known, known_size);
    if (!order) return take_entry(&cursor, found);
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return -ENOENT;
}

int find(const char *relative, struct entry *found) {
  *found = (struct entry){.offset = par.tree_offset, .size = par.tree_size, .is_directory = 1};
  while (*relative) {
    if (!found->is_directory) return -ENOTDIR;
    size_t size = 0;
    while (relative[size] && relative[size] != '/') size++;
    struct entry directory = *found;
    int result = find_name(&directory, (const unsigned char *)relative, size, found);
    if (result) return result;
    relative += size;
    if (*relative == '/') relative++;
  }
  return 0;
}

/* A value of any kind. */
static int skip(struct cursor *cursor) {
  const unsigned char *kind, *bytes;
  uint64_t value;
  if (cursor->at == cursor->end) return -EIO;
  if (*cursor->at == '(') {
    if (take(cursor, 1, &kind) || take(cursor, 4, &bytes)) return -EIO;
    for (uint64_t count = number_of(bytes, 4); count; count--)
      if (skip(cursor)) return -EIO;
    return 0;
  }
  if (*cursor->at == 's') { /* bytes */
    if (take(cursor, 1, &kind) || take(cursor, 4, &bytes)) return -EIO;
    return take(cursor, number_of(bytes, 4), &bytes);
  }
  if (*cursor->at == '{') {
    cursor->at++;
    while (has_next(cursor))
      if (skip(cursor) || skip(cursor)) return -EIO;
    return 0;
  }
  size_t size;
  return *cursor->at == 'u' ? take_name(cursor, &bytes, &size) : take_number(cursor, &value);
}

int is_library_name(const char *name) {
  struct cursor cursor;
  if (!par.names_size || open_record(par.names_offset, par.names_size, &cursor) || take_tuple(&cursor, 3) || skip(&cursor) || skip(&cursor) ||
      take_kind(&cursor, '{'))
    return 0;
  size_t wanted = length(name);
  while (has_next(&cursor)) {
    const unsigned char *known;
    size_t size;
    if (take_name(&cursor, &known, &size)) return 0;
    if (!compare(known, size, (const unsigned char *)name, wanted)) return 1;
    if (skip(&cursor)) return 0;
  }
  return 0;
}
