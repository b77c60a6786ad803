// What a dynamic linker does for a C++ library, each in a way that shows.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/interposer/order.h"
#include "tests/interposer/thrower.h"

namespace {

// Unoptimized, its functions are in this library as well as in libstdc++, by the same names.
std::vector<std::string> words;

struct Global {
  Global() {
    try {
      throw std::runtime_error("5");
    } catch (const std::exception &error) {
      record(*error.what());
    }
    words.emplace_back("a text that is too long for the room in a string");
  }
  ~Global() {
    if (write(1, "destroyed\n", 10) != 10) abort();
  }
} global;

struct OfThread {
  int value = 40;
  ~OfThread() { record('t'); }
};
thread_local OfThread of_thread;
thread_local int initialized = 2;

__attribute__((constructor(101))) void first(int count, char **arguments, char **environment) {
  record(count > 0 && arguments[0] != nullptr && arguments[count] == nullptr && environment != nullptr ? '3' : 'x');
}

// The file is one of the par.
__attribute__((constructor(102))) void second() {
  const char *path = getenv("PATH_OF_DATA");
  int file = path != nullptr ? open(path, O_RDONLY) : -1;
  record(file >= 0 ? '4' : 'x');
  if (file >= 0) close(file);
}

}  // namespace

extern "C" {

// DT_INIT, by an option of the linker.
void begin() { record('2'); }

int catch_from_another_library() {
  try {
    throw_out_of_range("far");
  } catch (const std::logic_error &error) {
    return strcmp(error.what(), "far") == 0;
  }
  return 0;
}

int add_in_thread() {
  int sum = 0;
  std::thread([&sum] { sum = of_thread.value++ + initialized; }).join();
  return sum;
}

long size_of_words() { return static_cast<long>(words.at(0).size()); }
}
