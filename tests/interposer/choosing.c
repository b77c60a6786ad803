/* Functions that the library itself chooses while it is relocated. */

static long forty_two(void) { return 42; }
static long (*choose(void))(void) { return forty_two; }

long chosen(void) __attribute__((ifunc("choose")));
static long chosen_inside(void) __attribute__((ifunc("choose")));

long (*const pointer)(void) = chosen;
long call_chosen(void) { return pointer() + chosen_inside(); }
