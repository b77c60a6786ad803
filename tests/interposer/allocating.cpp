// Replaces the allocator of C++, which the host's libstdc++ may then use, too.
#include <cstdlib>
#include <new>
#include <string>

static long count;

void *operator new(std::size_t size) {
  count++;
  return std::malloc(size);
}
void operator delete(void *memory) noexcept { std::free(memory); }
void operator delete(void *memory, std::size_t) noexcept { std::free(memory); }

static std::string text("a text that is too long for the room in a string");

extern "C" long allocated() {
  delete new int(static_cast<int>(text.size()));
  return count;
}
