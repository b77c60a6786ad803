/* What depends on the machine: how a program starts, system calls, and the two jumps between the stub and ld.so. */

#ifndef RULES_PAR_ARCH_H
#define RULES_PAR_ARCH_H

#include <stdint.h>

/* Where ld.so goes when it is done; calls rp_linked. _start calls rp_relocate, then rp_main. */
__attribute__((visibility("hidden"))) void rp_enter(void);

#if defined(__x86_64__)

#define MACHINE EM_X86_64
#define RELATIVE R_X86_64_RELATIVE
#define IS_ADDRESS(relocation) ((relocation) == R_X86_64_JUMP_SLOT || (relocation) == R_X86_64_GLOB_DAT || (relocation) == R_X86_64_64)
enum { O_DIRECTORY = 0200000 };

/* struct stat */
struct status {
  uint64_t device, inode, links;
  uint32_t mode, user, group, unused;
  uint64_t special, size, block_size, blocks;
  int64_t accessed[2], modified[2], changed[2], reserved[3];
};

enum { SYS_write = 1, SYS_close = 3, SYS_fstat = 5, SYS_lseek = 8, SYS_mmap = 9, SYS_mprotect = 10, SYS_munmap = 11, SYS_madvise = 28, SYS_prctl = 157, SYS_gettid = 186, SYS_futex = 202, SYS_faccessat = 269, SYS_faccessat2 = 439, SYS_pread64 = 17, SYS_sendfile = 40, SYS_fcntl = 72,
       SYS_ftruncate = 77, SYS_pwrite64 = 18, SYS_getpid = 39, SYS_exit_group = 231, SYS_statx = 332, SYS_openat = 257, SYS_newfstatat = 262, SYS_readlinkat = 267, SYS_memfd_create = 319, SYS_fallocate = 285 };

static inline long syscall6(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

/* rdx is the function that a program registers with atexit; none when the kernel starts it. */
#ifdef RULES_PAR_ENTRY /* in one source file */
__asm__(".text\n"
        ".globl _start\n.type _start,@function\n"
        "_start:\n  xor %ebp, %ebp\n  mov %rsp, %rbx\n  and $-16, %rsp\n  call rp_relocate\n  mov %rbx, %rdi\n  call rp_main\n  hlt\n"
        ".globl rp_enter\n.hidden rp_enter\n.type rp_enter,@function\n"
        "rp_enter:\n  xor %ebp, %ebp\n  mov %rsp, %rdi\n  mov %rdx, %rsi\n  and $-16, %rsp\n  call rp_linked\n  hlt\n");
#endif

__attribute__((noreturn)) static inline void jump(void *entry, void *stack, void (*at_exit)(void)) {
  __asm__ volatile("mov %1, %%rsp\n xor %%ebp, %%ebp\n jmp *%0" : : "r"(entry), "r"(stack), "d"(at_exit) : "memory");
  __builtin_unreachable();
}

#elif defined(__aarch64__)

#define MACHINE EM_AARCH64
#define RELATIVE R_AARCH64_RELATIVE
#define IS_ADDRESS(relocation) ((relocation) == R_AARCH64_JUMP_SLOT || (relocation) == R_AARCH64_GLOB_DAT || (relocation) == R_AARCH64_ABS64)
enum { O_DIRECTORY = 040000 };

/* struct stat */
struct status {
  uint64_t device, inode;
  uint32_t mode, links, user, group;
  uint64_t special, unused, size;
  uint32_t block_size, unused_too;
  uint64_t blocks;
  int64_t accessed[2], modified[2], changed[2];
  uint32_t reserved[2];
};

enum { SYS_prctl = 167, SYS_gettid = 178, SYS_futex = 98, SYS_faccessat = 48, SYS_faccessat2 = 439, SYS_fcntl = 25, SYS_ftruncate = 46, SYS_fallocate = 47, SYS_pwrite64 = 68, SYS_openat = 56, SYS_newfstatat = 79, SYS_fstat = 80, SYS_close = 57, SYS_lseek = 62, SYS_write = 64, SYS_pread64 = 67, SYS_sendfile = 71,
       SYS_readlinkat = 78, SYS_exit_group = 94, SYS_getpid = 172, SYS_munmap = 215, SYS_mmap = 222, SYS_mprotect = 226, SYS_madvise = 233,
       SYS_memfd_create = 279, SYS_statx = 291 };

static inline long syscall6(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}

#ifdef RULES_PAR_ENTRY /* in one source file */
__asm__(".text\n"
        ".globl _start\n.type _start,%function\n"
        "_start:\n  mov x29, #0\n  mov x30, #0\n  mov x19, sp\n  bl rp_relocate\n  mov x0, x19\n  b rp_main\n"
        ".globl rp_enter\n.hidden rp_enter\n.type rp_enter,%function\n"
        "rp_enter:\n  mov x1, x0\n  mov x29, #0\n  mov x30, #0\n  mov x0, sp\n  b rp_linked\n");
#endif

__attribute__((noreturn)) static inline void jump(void *entry, void *stack, void (*at_exit)(void)) {
  register void *to __asm__("x9") = entry;
  register void (*at_end)(void) __asm__("x0") = at_exit;
  __asm__ volatile("mov sp, %1\n mov x29, #0\n mov x30, #0\n br %0" : : "r"(to), "r"(stack), "r"(at_end) : "memory");
  __builtin_unreachable();
}

#else
#error "rules_par: no stub for this machine: use mode = \"system\""
#endif
#endif
