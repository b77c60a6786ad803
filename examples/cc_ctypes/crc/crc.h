#ifndef EXAMPLES_CC_CTYPES_CRC_CRC_H_
#define EXAMPLES_CC_CTYPES_CRC_CRC_H_

#include <stddef.h>
#include <stdint.h>

// The CRC-32 of ISO 3309, as in zip and PNG.
uint32_t crc32_of(const unsigned char* data, size_t size);

#endif  // EXAMPLES_CC_CTYPES_CRC_CRC_H_
