#include "examples/cc_ctypes/alphabet/alphabet.h"

#include <string.h>

static const char kCharacters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
static unsigned long lookups;

char alphabet_character(unsigned value) {
  ++lookups;
  return kCharacters[value % 32];
}

int alphabet_value(char character) {
  ++lookups;
  const char* found = character ? strchr(kCharacters, character) : NULL;
  return found ? (int)(found - kCharacters) : -1;
}

unsigned long alphabet_lookups(void) { return lookups; }
