#include "examples/extension/geometry.h"

static unsigned long calls;

double geometry_polygon_area(const point* corners, size_t count) {
  double twice = 0;
  for (size_t i = 0; i < count; ++i) {
    const point a = corners[i], b = corners[(i + 1) % count];
    twice += a.x * b.y - b.x * a.y;
  }
  ++calls;
  return twice / 2;
}

unsigned long geometry_calls(void) { return calls; }
