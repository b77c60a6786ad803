/* Wants its thread-local variables in the block that every thread gets at its start. Of that ld.so keeps about 1.6 KiB for libraries
 * that are loaded later. */

static __thread __attribute__((tls_model("initial-exec"))) char room[4096];

int fill_and_sum(int value) {
  int sum = 0;
  for (unsigned i = 0; i < sizeof room; i++) room[i] = (char)value;
  for (unsigned i = 0; i < sizeof room; i++) sum += room[i];
  return sum;
}
