#ifndef EXAMPLES_CC_CTYPES_BASE32_CODEC_H_
#define EXAMPLES_CC_CTYPES_BASE32_CODEC_H_

#include <stddef.h>

// Writes `data` in base32hex without padding (5 bits a character), and a zero byte, to `text`, which must have room for
// size * 8 / 5 + 2 characters. Returns the number of characters.
size_t base32_encode(const unsigned char* data, size_t size, char* text);

// Writes the bytes that `text` stands for to `data`. Returns their number, (size_t)-1 for a text that is not base32hex.
size_t base32_decode(const char* text, unsigned char* data);

// The same name as in the other codec: each must answer for itself.
const char* codec_name(void);

#endif  // EXAMPLES_CC_CTYPES_BASE32_CODEC_H_
