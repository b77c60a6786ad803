#include <cstddef>
#include <fstream>

// -1 when the file cannot be opened.
extern "C" long read_by_stream(const char *path, char *room, size_t size) {
  std::ifstream file(path);
  return file ? static_cast<long>(file.read(room, static_cast<std::streamsize>(size)).gcount()) : -1;
}
