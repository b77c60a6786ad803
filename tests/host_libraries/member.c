extern int host_answer(void);

int member_answer(void) { return 100 + host_answer(); }
