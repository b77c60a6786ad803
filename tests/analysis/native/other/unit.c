// Static, because libraries of one source may meet in one link.
__attribute__((used)) static int unit(void) { return 1; }
