#ifndef EXAMPLES_EXTENSION_GEOMETRY_H_
#define EXAMPLES_EXTENSION_GEOMETRY_H_

#include <stddef.h>

typedef struct {
  double x;
  double y;
} point;

// The area of a polygon, positive when its corners go counterclockwise.
double geometry_polygon_area(const point* corners, size_t count);

// How often this copy of the library has computed an area.
unsigned long geometry_calls(void);

#endif  // EXAMPLES_EXTENSION_GEOMETRY_H_
