#include "codec/letters.h"

char letters_shift(char character, int distance) {
  if (character >= 'a' && character <= 'z') return (char)('a' + (character - 'a' + distance) % 26);
  if (character >= 'A' && character <= 'Z') return (char)('A' + (character - 'A' + distance) % 26);
  return character;
}
