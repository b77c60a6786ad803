#include "codec/letters.h"

void codec_rot13(char* text) {
  for (; *text; ++text) *text = letters_shift(*text, 13);
}
