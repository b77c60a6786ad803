#ifndef EXAMPLES_CC_CTYPES_ROUNDTRIP_ROUNDTRIP_H_
#define EXAMPLES_CC_CTYPES_ROUNDTRIP_ROUNDTRIP_H_

#include <stddef.h>

// 1 when `data`, of at most 256 bytes, comes back the same from both codecs; 0 when not.
int roundtrip_survives(const unsigned char* data, size_t size);

#endif  // EXAMPLES_CC_CTYPES_ROUNDTRIP_ROUNDTRIP_H_
