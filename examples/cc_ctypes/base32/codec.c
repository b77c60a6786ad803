#include "examples/cc_ctypes/base32/codec.h"

#include "examples/cc_ctypes/alphabet/alphabet.h"

size_t base32_encode(const unsigned char* data, size_t size, char* text) {
  size_t length = 0;
  unsigned buffer = 0, bits = 0;
  for (size_t i = 0; i < size; ++i) {
    buffer = buffer << 8 | data[i];
    for (bits += 8; bits >= 5; bits -= 5) text[length++] = alphabet_character(buffer >> (bits - 5) & 31);
    buffer &= (1u << bits) - 1;
  }
  if (bits) text[length++] = alphabet_character(buffer << (5 - bits) & 31);
  text[length] = 0;
  return length;
}

size_t base32_decode(const char* text, unsigned char* data) {
  size_t size = 0;
  unsigned buffer = 0, bits = 0;
  for (; *text; ++text) {
    const int value = alphabet_value(*text);
    if (value < 0) return (size_t)-1;
    buffer = buffer << 5 | (unsigned)value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      data[size++] = (unsigned char)(buffer >> bits);
      buffer &= (1u << bits) - 1;
    }
  }
  return size;
}

const char* codec_name(void) { return "base32"; }
