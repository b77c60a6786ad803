/* Libraries of the par in memfds, for ld.so to open. In full mode a memfd is sparse: it has what ld.so reads before the
 * audit module (audit.c) is called, and what it writes to; the rest is then mapped from the par itself. */

#include "stub.h"

#include <elf.h>
#include <stddef.h>

#include "system.h"

/* Sparse memfds that ld.so has not opened yet, and where in the par the rest of them is. */
static struct pending {
  int descriptor, par;
  uint64_t offset;
} pending[2 * MOST_LIBRARIES];
static unsigned pending_next;

/* Copies a part of the member to the same place in the memfd. */
static int copy(int memfd, int par, uint64_t member, uint64_t at, uint64_t size) {
  int64_t from = (int64_t)(member + at);
  if (call3(SYS_lseek, memfd, at, SEEK_SET) < 0) return -EIO;
  while (size) {
    long sent = call4(SYS_sendfile, memfd, par, &from, size);
    if (sent == -EINTR) continue;
    if (sent <= 0) return sent ? (int)sent : -EIO;
    size -= sent;
  }
  return 0;
}

/* Copies what ld.so reads of a library before it calls the audit module, and what it writes to. Returns -errno; 1 when the
 * library is not one for that: it has relocations in its code, or an unusual shape. */
static int copy_sparsely(int memfd, int par, uint64_t member, uint64_t size) {
  Elf64_Ehdr file;
  Elf64_Phdr headers[MOST_HEADERS];
  Elf64_Dyn dynamic[128];
  if (call4(SYS_pread64, par, &file, sizeof file, member) != sizeof file || file.e_phnum > MOST_HEADERS) return 1;
  long bytes = file.e_phnum * sizeof headers[0];
  if (call4(SYS_pread64, par, headers, bytes, member + file.e_phoff) != bytes) return 1;
  uint64_t strings = 0, name = ~0ul, hashes[2] = {0, 0};
  for (int i = 0; i < file.e_phnum; i++) {
    if (headers[i].p_type != PT_DYNAMIC) continue;
    bytes = headers[i].p_filesz;
    if (bytes > (long)sizeof dynamic || call4(SYS_pread64, par, dynamic, bytes, member + headers[i].p_offset) != bytes) return 1;
    for (Elf64_Dyn *entry = dynamic; (char *)entry < (char *)dynamic + bytes && entry->d_tag != DT_NULL; entry++) {
      uint64_t value = entry->d_un.d_val;
      if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && value & DF_TEXTREL)) return 1;
      if (entry->d_tag == DT_STRTAB) strings = value;
      if (entry->d_tag == DT_SONAME) name = value;
      if (entry->d_tag == DT_GNU_HASH) hashes[0] = value;
      if (entry->d_tag == DT_HASH) hashes[1] = value;
    }
  }
  long result = call2(SYS_ftruncate, memfd, size);
  if (!result) result = copy(memfd, par, member, 0, file.e_phoff + file.e_phnum * sizeof headers[0]);
  for (int i = 0; i < file.e_phnum && !result; i++) {
    const Elf64_Phdr *part = &headers[i];
    if ((part->p_type == PT_LOAD && part->p_flags & PF_W) || part->p_type == PT_DYNAMIC || part->p_type == PT_NOTE ||
        part->p_type == PT_GNU_PROPERTY)
      result = copy(memfd, par, member, part->p_offset, part->p_filesz);
    if (part->p_type != PT_LOAD) continue;
    /* The start of the hash tables, and the SONAME, by which ld.so knows libc. */
    const struct { uint64_t address, size; } small[] = {{hashes[0], 16}, {hashes[1], 16}, {name == ~0ul ? 0 : strings + name, 256}};
    for (int j = 0; j < 3 && !result; j++)
      if (small[j].address >= part->p_vaddr && small[j].address < part->p_vaddr + part->p_filesz && small[j].address) {
        uint64_t at = small[j].address - part->p_vaddr, left = part->p_filesz - at;
        result = copy(memfd, par, member, part->p_offset + at, left < small[j].size ? left : small[j].size);
      }
  }
  return (int)result;
}

int memfd_of_member(int par, const char *name, int64_t offset, uint64_t size, int whole) {
  long low = call2(SYS_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
  if (low == -EINVAL) low = call2(SYS_memfd_create, name, MFD_CLOEXEC | MFD_ALLOW_SEALING); /* before Linux 6.3 */
  if (failed(low)) return (int)low;
  int result = process.is_audited && !whole ? copy_sparsely((int)low, par, offset, size) : 1;
  int is_sparse = !result;
  if (result > 0) result = copy((int)low, par, offset, 0, size);
  if (result) {
    call1(SYS_close, low);
    return result;
  }
  if (!whole) call3(SYS_fcntl, low, F_ADD_SEALS, ALL_SEALS);
  int descriptor = raised((int)low);
  for (int i = 0; i < 2 * MOST_LIBRARIES; i++)
    if (pending[i].descriptor == descriptor) pending[i].descriptor = 0;
  if (is_sparse) pending[pending_next++ % (2 * MOST_LIBRARIES)] = (struct pending){descriptor, par, offset};
  return descriptor;
}

/* ld.so mapped an object: what it will not write to is mapped from the par instead of from the memfd. */
void library_opened(struct link_map *object) {
  if (!starts_with(object->l_name, "/proc/self/")) return;
  const char *digits = object->l_name + strlen(object->l_name);
  while (digits[-1] != '/') digits--;
  int descriptor = 0;
  for (; *digits >= '0' && *digits <= '9'; digits++) descriptor = 10 * descriptor + *digits - '0';
  struct pending *entry = pending;
  while (entry < pending + 2 * MOST_LIBRARIES && entry->descriptor != descriptor) entry++;
  if (*digits || !descriptor || entry == pending + 2 * MOST_LIBRARIES) return;
  struct pending found = *entry;
  entry->descriptor = 0;
  Elf64_Ehdr file;
  Elf64_Phdr headers[MOST_HEADERS];
  read_at(found.par, &file, sizeof file, found.offset);
  read_at(found.par, headers, file.e_phnum * sizeof headers[0], found.offset + file.e_phoff);
  for (int i = 0; i < file.e_phnum; i++)
    if (headers[i].p_type == PT_LOAD && headers[i].p_filesz && !(headers[i].p_flags & PF_W))
      map_segment((char *)object->l_addr, &headers[i], found.par, found.offset);
}
