/* Which of the handles that a program has are ours and which are libc's. No lock, because a child of fork may come here. */

#include "interposer.h"

int add_handle(struct handles *handles, void *handle) {
  for (int i = 0; i < MOST_HANDLES; i++) {
    void *empty = NULL;
    if (!__atomic_compare_exchange_n(&handles->slots[i], &empty, handle, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) continue;
    for (int now = __atomic_load_n(&handles->used, __ATOMIC_RELAXED); now <= i;)
      if (__atomic_compare_exchange_n(&handles->used, &now, i + 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) break;
    return 1;
  }
  return 0;
}

void **find_handle(struct handles *handles, const void *handle) {
  int used = __atomic_load_n(&handles->used, __ATOMIC_ACQUIRE);
  for (int i = 0; i < used; i++)
    if (__atomic_load_n(&handles->slots[i], __ATOMIC_ACQUIRE) == handle) return &handles->slots[i];
  return NULL;
}

void remove_handle(void **slot) { __atomic_store_n(slot, NULL, __ATOMIC_RELEASE); }
