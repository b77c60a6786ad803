#ifndef EXAMPLES_APP_NATIVE_EDIT_DISTANCE_H_
#define EXAMPLES_APP_NATIVE_EDIT_DISTANCE_H_

// The number of characters to insert, delete or replace to make one text of the other. Of a text longer than 255
// characters only the first 255 count.
int edit_distance(const char* left, const char* right);

#endif  // EXAMPLES_APP_NATIVE_EDIT_DISTANCE_H_
