#include "tests/interposer/order.h"

char all_that_ran[100] = "^"; /* memory that the library writes to */
static int count = 1;

void record(char what) { all_that_ran[count++] = what; }
const char *recorded(void) { return all_that_ran; }

__attribute__((constructor)) static void construct(void) { record('1'); }
