#include "examples/cc_ctypes/roundtrip/roundtrip.h"

#include "examples/cc_ctypes/base32/codec.h"
#include "examples/cc_ctypes/crc/crc.h"
#include "examples/cc_ctypes/hex/codec.h"

enum { kLongest = 256 };

int roundtrip_survives(const unsigned char* data, size_t size) {
  char text[2 * kLongest + 1];
  unsigned char again[2 * kLongest];
  if (size > kLongest) return 0;
  const uint32_t expected = crc32_of(data, size);
  hex_encode(data, size, text);
  if (hex_decode(text, again) != size || crc32_of(again, size) != expected) return 0;
  base32_encode(data, size, text);
  return base32_decode(text, again) == size && crc32_of(again, size) == expected;
}
