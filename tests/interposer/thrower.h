#ifndef TESTS_INTERPOSER_THROWER_H
#define TESTS_INTERPOSER_THROWER_H

void throw_out_of_range(const char *text);

#endif
