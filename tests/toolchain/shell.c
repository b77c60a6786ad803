int Py_Main(void);
int main(void) { return Py_Main(); }
