#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include "CTerminal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int term_log_open(const char *path) {
  if (path) return open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const char *folder = getenv("TMPDIR");
  char name[1024];
  int length = snprintf(name, sizeof name, "%s/secateur-XXXXXX", folder && *folder ? folder : "/tmp");
  if (length < 0 || (size_t)length >= sizeof name) return -1;
  int log = mkstemp(name);
  if (log < 0) return -1;
  // Without a name it goes away with the process, however that ends.
  unlink(name);
  fcntl(log, F_SETFD, FD_CLOEXEC);
  // Two streams write into it; appending keeps them from overwriting each other.
  fcntl(log, F_SETFL, O_APPEND);
  return log;
}

int64_t term_log_end(int log) { return log < 0 ? 0 : (int64_t)lseek(log, 0, SEEK_END); }

void term_log_replay(int log, int64_t start) {
  enum { TAIL = 64 * 1024 };
  int64_t end = term_log_end(log);
  if (end - start > TAIL) start = end - TAIL;
  char bytes[4096];
  while (start < end) {
    ssize_t count = pread(log, bytes, sizeof bytes, (off_t)start);
    if (count <= 0) return;
    for (ssize_t done = 0; done < count;) {
      ssize_t written = write(STDERR_FILENO, bytes + done, (size_t)(count - done));
      if (written <= 0) return;
      done += written;
    }
    start += count;
  }
}

void term_log_close(int log) {
  if (log >= 0) close(log);
}
