#include "examples/cc_ctypes/hex/codec.h"

#include "examples/cc_ctypes/alphabet/alphabet.h"

size_t hex_encode(const unsigned char* data, size_t size, char* text) {
  for (size_t i = 0; i < size; ++i) {
    text[2 * i] = alphabet_character(data[i] >> 4);
    text[2 * i + 1] = alphabet_character(data[i] & 15);
  }
  text[2 * size] = 0;
  return 2 * size;
}

size_t hex_decode(const char* text, unsigned char* data) {
  size_t size = 0;
  for (; text[0]; text += 2) {
    const int high = alphabet_value(text[0]);
    const int low = text[1] ? alphabet_value(text[1]) : -1;
    if (high < 0 || high > 15 || low < 0 || low > 15) return (size_t)-1;
    data[size++] = (unsigned char)(high << 4 | low);
  }
  return size;
}

const char* codec_name(void) { return "hex"; }
