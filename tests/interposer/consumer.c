/* Takes a symbol from whoever has made it global: it names no library that has it. */

long base(void);

long consume(void) { return base() + 1; }
