#ifndef CODEC_LETTERS_H_
#define CODEC_LETTERS_H_

// The letter `distance` places further in the alphabet, from its start again after its end; other characters as they are.
char letters_shift(char character, int distance);

#endif  // CODEC_LETTERS_H_
