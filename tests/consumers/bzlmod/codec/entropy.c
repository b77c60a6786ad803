#include <sys/random.h>

int entropy_byte(void) {
  unsigned char byte;
  return getrandom(&byte, 1, 0) == 1 ? byte : -1;
}
