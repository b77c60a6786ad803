/* What the builder writes for the stub (tools/builder/boot.py writes the same). Numbers are little endian; an offset is
 * from the start of the par in the header, from the start of the boot record in the boot record. */

#ifndef RULES_PAR_BOOT_H
#define RULES_PAR_BOOT_H

#include <stdint.h>

/* In the stub itself, within its first HEADER_SEARCH bytes. The first 40 bytes are what the launcher's archive.py reads. */
struct header {
  char magic[8]; /* RULESPAR */
  uint32_t format, flags;
  uint64_t size; /* of the whole par */
  uint64_t root_offset, root_size;
  uint64_t boot_offset, boot_size; /* offset on a page */
  uint64_t index_offset, index_size, tree_offset, tree_size; /* for the interposer, where there is no launcher */
  uint64_t programs_offset, programs_size; /* struct programs; size 0: there are none */
};

enum { BOOT_FORMAT = 1 };

/* The boot record; the member _rules_par/boot. Mapped privately, and never unmapped: Python keeps the frozen code. */
struct boot {
  uint32_t format;
  uint32_t linker_path;              /* path of the host's ld.so; 0: the linker is image number 1 */
  uint32_t tunables;                 /* GLIBC_TUNABLES for ld.so; 0: none */
  uint32_t images, image_count;      /* array of struct image; number 0 is the program */
  uint32_t settings, setting_count;  /* array of struct setting */
  uint32_t frozen, frozen_count;     /* array of Python's struct _frozen, its pointers as offsets; room for more behind it */
  uint32_t frozen_stride, frozen_room;
  uint32_t reserved;
};

/* What becomes of an image: the stub maps it where it lies; it goes into a memfd, for ld.so to preload; the same, and ld.so
 * calls it for every object. */
enum { IMAGE_MAPPED, IMAGE_LIBRARY, IMAGE_AUDIT };

/* An ELF file in the par, its offset on a page. */
struct image {
  uint64_t offset, size;
  uint32_t name;
  uint32_t kind;
  uint32_t hook; /* of the audit module: where the address of rp_opened belongs */
  uint32_t plan; /* of a library: struct plan, for the audit module to complete; 0: it is copied */
};

/* The programs that lie in the par and that the stub can start, with offsets from the start of this record. */
struct programs {
  uint32_t count, reserved;
  struct one_program {
    uint64_t offset; /* of the ELF file in the par, on a page */
    uint64_t images; /* which of the boot record's libraries it needs: bit N for number N */
    uint32_t path;   /* in the par */
    uint32_t libraries, library_count; /* array of struct image, without plans: the others that it needs */
    uint32_t reserved;
  } programs[];
};

/* A field of PyConfig. */
struct setting {
  uint32_t field; /* offset in PyConfig */
  uint32_t kind;  /* 0: int, value; 1: string, at value; 2: list of strings: the command line */
  uint32_t value;
  uint32_t reserved;
};

#endif
