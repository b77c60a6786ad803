int partest_inner(void) { return 7; }
