/* What the files of this folder share. The functions of libc that take a path come here first (files.c, directory.c, program.c):
 * each does what libc does, and only when that failed because the path leads below the par, which is no directory to the
 * kernel, looks into the par's index (index.c). */

#ifndef RULES_PAR_INTERPOSER_H
#define RULES_PAR_INTERPOSER_H

#include <stddef.h>
#include <stdint.h>

#include "python/stub/system.h"

enum { LONGEST_PATH = 4096 };

/* The par, once `start` was called (module.c). Constant afterwards. */
extern struct par {
  int started;
  int descriptor;               /* as long as nobody closes it; par_descriptor() knows */
  uint64_t device, inode, size; /* which file it is */
  uint64_t tree_offset, tree_size;   /* record of the top directory */
  uint64_t index_offset, index_size; /* all records */
  uint64_t names_offset, names_size; /* record of the native members; size 0: there are none */
  char paths[2][LONGEST_PATH];  /* as it was started, absolute; and resolved. No "/" at the end */
  char program[2 * LONGEST_PATH]; /* path of the program of the par that runs here instead of Python; "": Python does */
} par;

/* A file or a directory of the par. */
struct entry {
  uint64_t offset, size; /* of a file: where its content is. Of a directory: where its record is */
  int is_directory, is_executable;
  uint32_t program; /* its number among those that the stub can start, from 1; 0: it is none */
};

/* Looks up a path inside the par. 0, -ENOENT, or -ENOTDIR. */
int find(const char *relative, struct entry *found);

/* What is left of a record. */
struct cursor {
  const unsigned char *at, *end;
};

/* The entries of a directory: `open_listing`, then `next_entry` for each, which gives 1, at the end 0. -EIO when the index is damaged. */
struct listing {
  struct cursor rest;
  const unsigned char *name; /* of the entry that next_entry gave; not terminated */
  size_t name_size;
  int is_directory; /* files come first */
};
int open_listing(const struct entry *directory, struct listing *listing);
int next_entry(struct listing *listing, struct entry *entry);

/* Whether libraries are known by this name, which is no path: the name that a member was shipped with. */
int is_library_name(const char *name);

/* Whether `path`, which the kernel refused with `error`, lies in the par; `relative` gets LONGEST_PATH bytes, the path inside it,
 * "" for the par itself. Errors other than ENOTDIR and ENOENT are never ours. */
int locate(int directory, const char *path, int error, char *relative);

/* `locate` and `find` at once: 1 when it is there; 0 when the error stays what it is; else -errno. */
int look_up(int directory, const char *path, int error, struct entry *found);

/* A descriptor of the par's file, which programs that close what they did not open may have closed; -errno. */
int par_descriptor(void);
/* The same, and the status of the par. */
int par_status(struct status *status);

/* A read-only descriptor of a memfd with the content of a file of the par; -errno. `is_program`: it can be executed. */
int open_entry(const struct entry *file, const char *path, int is_program, int close_on_exec);

/* Reads `size` bytes at `offset` of the par; 0 or -errno. */
int read_par(void *to, size_t size, uint64_t offset);

/* Loads a library of the par, by path inside it or by name, through the launcher. The path that dlopen knows it by; NULL when there is none;
 * when it cannot be loaded, the reason: dlopen fails with that. */
const char *load_library(const char *library, int is_path);

/* A memory file for the library of `size` bytes at `offset` of the par, from which ld.so can map and relocate it; -errno. */
struct plan;
int make_library(const char *name, uint64_t offset, uint64_t size, const struct plan *plan);

/* dlopen of that by `path`, a path to the memory file; then what it lacks is put in its place, its calls redirected if asked for, and its
 * constructors run. Without a plan ld.so does all that. NULL, or the reason why it cannot be loaded. */
const char *open_library(const char *path, int flags, int memory, uint64_t offset, uint64_t size, const struct plan *plan, int is_redirected);

/* Re-entrant; `open_library` takes it, too. Taken without Python's lock: who has the turn may have to run Python code. */
void take_turn(void);
void end_turn(void);

/* For a program of the par, its own path instead of /proc/self/exe. */
const char *own(const char *path);

/* libc's own. */
void *libc_dlopen(const char *path, int flags);
int getpagesize(void);

/* Where calls of libc's `name` are to go instead; NULL when it is not one of ours. */
void *interposed(const char *name);

/* How many objects ld.so has loaded; and sends the calls of all but the first so many, and but of Python, through this object (redirect.c). */
int count_objects(void);
void redirect_calls(int others);

/* A number that no other file of the par's device is likely to have. */
uint64_t inode_of(const struct entry *entry);

/* "/proc/PID/fd/N" of a descriptor, in `room`; process 0: "/proc/self/fd/N". */
const char *descriptor_path(long process, int descriptor, char room[32]);

/* Handles that we gave to the program (handles.c). */
enum { MOST_HANDLES = 256 };
struct handles {
  void *slots[MOST_HANDLES];
  int used; /* no slot from here on was ever used */
};
int add_handle(struct handles *handles, void *handle); /* 0 when there are too many */
void **find_handle(struct handles *handles, const void *handle); /* NULL: not one of ours */
void remove_handle(void **slot);

/* What libc would set, and -1. */
int fail(int error);

#define errno (*__errno_location())
int *__errno_location(void);

size_t length(const char *text);
int same(const char *a, const char *b);

#endif
