#ifndef EXAMPLES_CC_CTYPES_ALPHABET_ALPHABET_H_
#define EXAMPLES_CC_CTYPES_ALPHABET_ALPHABET_H_

// The character that stands for a value of 0 to 31 (RFC 4648, "base32hex"; the first 16 are those of hexadecimal).
char alphabet_character(unsigned value);

// The value of a character, -1 when it stands for none.
int alphabet_value(char character);

// How often this copy of the library has been asked, by whomever.
unsigned long alphabet_lookups(void);

#endif  // EXAMPLES_CC_CTYPES_ALPHABET_ALPHABET_H_
