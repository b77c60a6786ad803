long base(void);
long answer(void) { return base() + 2; }
