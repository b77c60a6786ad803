int partest_inner(void);

int partest_outer(void) { return partest_inner(); }
