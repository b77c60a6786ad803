int Py_Main(void) { return 0; }
