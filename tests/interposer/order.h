#ifndef TESTS_INTERPOSER_ORDER_H
#define TESTS_INTERPOSER_ORDER_H

#ifdef __cplusplus
extern "C" {
#endif

/* Writes down that something ran. */
void record(char what);

/* All that ran, in order. */
const char *recorded(void);

#ifdef __cplusplus
}
#endif

#endif
