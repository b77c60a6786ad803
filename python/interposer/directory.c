/* Directories of the par, as opendir(3) and readdir(3) have them. */

#include "function.h"

enum { DT_DIRECTORY = 4, DT_REGULAR = 8, LONGEST_NAME = 255 };

void *malloc(size_t);
void free(void *);

/* struct dirent, which is struct dirent64 on 64-bit machines. */
struct dirent {
  uint64_t d_ino;
  int64_t d_off;
  uint16_t d_reclen;
  uint8_t d_type;
  char d_name[LONGEST_NAME + 1];
};

/* An open directory of the par; to the program a DIR. Position 0 is ".", 1 is "..". */
struct directory {
  struct entry entry;
  struct listing listing;
  long position;
  struct dirent current;
};

static struct handles open_directories;

static int rewind_directory(struct directory *directory) {
  directory->position = 0;
  return open_listing(&directory->entry, &directory->listing);
}

INTERPOSE(void *, opendir, const char *path) {
  int before = errno;
  void *result = LIBC(opendir)(path);
  if (result) return result;
  int error = errno;
  struct entry found;
  int inside = look_up(AT_FDCWD, path, error, &found);
  if (inside <= 0) return (fail(inside ? -inside : error), NULL);
  if (!found.is_directory) return fail(ENOTDIR), NULL;
  struct directory *directory = malloc(sizeof *directory);
  if (!directory) return fail(ENOMEM), NULL;
  directory->entry = found;
  if (rewind_directory(directory)) return free(directory), fail(EIO), NULL;
  if (add_handle(&open_directories, directory)) {
    errno = before;
    return directory;
  }
  free(directory);
  return fail(EMFILE), NULL;
}

static struct dirent *read_directory(struct directory *directory) {
  struct dirent *current = &directory->current;
  *current = (struct dirent){.d_type = DT_DIRECTORY, .d_reclen = sizeof *current, .d_name = ".."};
  struct entry entry = directory->entry;
  if (directory->position < 2) {
    current->d_name[directory->position + 1] = 0;
  } else {
    struct listing *listing = &directory->listing;
    int result = next_entry(listing, &entry);
    if (result <= 0) return result ? (fail(-result), NULL) : NULL;
    size_t size = listing->name_size < LONGEST_NAME ? listing->name_size : LONGEST_NAME;
    for (size_t i = 0; i < size; i++) current->d_name[i] = (char)listing->name[i];
    current->d_name[size] = 0;
    current->d_type = entry.is_directory ? DT_DIRECTORY : DT_REGULAR;
  }
  current->d_ino = inode_of(&entry);
  current->d_off = ++directory->position;
  return current;
}

#define READDIR(name)                                                       \
  INTERPOSE(struct dirent *, name, void *directory) {                       \
    void **ours = find_handle(&open_directories, directory);                           \
    return ours ? read_directory(directory) : LIBC(name)(directory);            \
  }
READDIR(readdir)
READDIR(readdir64)

INTERPOSE(int, closedir, void *directory) {
  void **ours = find_handle(&open_directories, directory);
  if (!ours) return LIBC(closedir)(directory);
  remove_handle(ours);
  free(directory);
  return 0;
}

INTERPOSE(void, rewinddir, void *directory) {
  void **ours = find_handle(&open_directories, directory);
  if (!ours) return LIBC(rewinddir)(directory);
  rewind_directory(directory);
}

INTERPOSE(long, telldir, void *directory) {
  void **ours = find_handle(&open_directories, directory);
  return ours ? ((struct directory *)directory)->position : LIBC(telldir)(directory);
}

INTERPOSE(void, seekdir, void *directory, long position) {
  void **ours = find_handle(&open_directories, directory);
  if (!ours) return LIBC(seekdir)(directory, position);
  rewind_directory(directory);
  while (((struct directory *)directory)->position < position && read_directory(directory)) {}
}

INTERPOSE(int, dirfd, void *directory) {
  return find_handle(&open_directories, directory) ? fail(EINVAL) : LIBC(dirfd)(directory);
}

/* --- what libc makes of these without calling them by name -------------------------------------------------------- */

void *realloc(void *, size_t);
void qsort(void *, size_t, size_t, int (*)(const void *, const void *));

typedef int select_entry(const struct dirent *);
typedef int compare_entries(const struct dirent **, const struct dirent **);

static int scan(struct directory *directory, struct dirent ***result, select_entry *is_wanted, compare_entries *compare) {
  struct dirent **found = NULL;
  int count = 0;
  for (struct dirent *each; (each = read_directory(directory));) {
    if (is_wanted && !is_wanted(each)) continue;
    struct dirent **more = realloc(found, (count + 1) * sizeof *found), *copy = malloc(sizeof *copy);
    if (more) found = more;
    if (more && copy) {
      *copy = *each;
      found[count++] = copy;
      continue;
    }
    free(copy);
    while (count) free(found[--count]);
    free(found);
    return fail(ENOMEM);
  }
  if (compare && count) qsort(found, count, sizeof *found, (int (*)(const void *, const void *))compare);
  *result = found;
  return count;
}

#define SCANDIR(name)                                                                                                       \
  INTERPOSE(int, name, const char *path, struct dirent ***result, select_entry *is_wanted, compare_entries *compare) {      \
    int count = LIBC(name)(path, result, is_wanted, compare);                                                               \
    if (count >= 0 || (errno != ENOTDIR && errno != ENOENT)) return count;                                                  \
    void *directory = our_opendir(path);                                                                                    \
    if (!directory) return -1;                                                                                              \
    count = scan(directory, result, is_wanted, compare);                                                                    \
    our_closedir(directory);                                                                                                \
    return count;                                                                                                           \
  }
SCANDIR(scandir)
SCANDIR(scandir64)

/* glob_t; with this flag glob calls the functions in it. */
struct matches {
  size_t count;
  char **paths;
  size_t offset;
  int flags;
  void *close, *read, *open, *status_of_link, *status;
};
enum { GLOB_ALTDIRFUNC = 1 << 9 };

static int may_match_inside(const char *pattern, int flags) {
  char directory[LONGEST_PATH], relative[LONGEST_PATH];
  size_t size = 0, end = 0;
  for (; pattern[size] && pattern[size] != '*' && pattern[size] != '?' && pattern[size] != '[' && pattern[size] != '{'; size++) {
    if (size + 1 == LONGEST_PATH) return 0;
    if (pattern[size] == '/') end = size;
    directory[size] = pattern[size];
  }
  directory[end] = 0;
  return !(flags & GLOB_ALTDIRFUNC) && end && locate(AT_FDCWD, directory, ENOTDIR, relative);
}

#define GLOB(name)                                                                                                     \
  INTERPOSE(int, name, const char *pattern, int flags, int (*on_error)(const char *, int), struct matches *matches) {  \
    if (par.started && may_match_inside(pattern, flags)) {                                                             \
      flags |= GLOB_ALTDIRFUNC;                                                                                        \
      matches->close = our_closedir, matches->read = our_readdir, matches->open = our_opendir;                         \
      matches->status_of_link = interposed("lstat"), matches->status = interposed("stat");                         \
    }                                                                                                                  \
    return LIBC(name)(pattern, flags, on_error, matches);                                                              \
  }
GLOB(glob)
GLOB(glob64)
