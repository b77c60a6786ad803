#include <stdlib.h>

int main(int count, char **arguments) { return count == 2 ? atoi(arguments[1]) : 1; }
