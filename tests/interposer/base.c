long base(void) { return 40; }
