#ifndef EXAMPLES_CC_CTYPES_HEX_CODEC_H_
#define EXAMPLES_CC_CTYPES_HEX_CODEC_H_

#include <stddef.h>

// Writes the 2 * size characters of `data`, and a zero byte, to `text`. Returns the number of characters.
size_t hex_encode(const unsigned char* data, size_t size, char* text);

// Writes the bytes that `text` stands for to `data`. Returns their number, (size_t)-1 for a text that is not hexadecimal.
size_t hex_decode(const char* text, unsigned char* data);

// The same name as in the other codec: each must answer for itself.
const char* codec_name(void);

#endif  // EXAMPLES_CC_CTYPES_HEX_CODEC_H_
