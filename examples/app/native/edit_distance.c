#include "examples/app/native/edit_distance.h"

enum { kLongest = 255 };

static int smaller(int left, int right) { return left < right ? left : right; }

int edit_distance(const char* left, const char* right) {
  int row[kLongest + 1];
  int columns = 0;
  while (columns < kLongest && right[columns]) ++columns;
  for (int column = 0; column <= columns; ++column) row[column] = column;
  for (int line = 0; line < kLongest && left[line]; ++line) {
    int diagonal = row[0];
    row[0] = line + 1;
    for (int column = 1; column <= columns; ++column) {
      const int replaced = diagonal + (left[line] != right[column - 1]);
      diagonal = row[column];
      row[column] = smaller(replaced, smaller(row[column], row[column - 1]) + 1);
    }
  }
  return row[columns];
}
