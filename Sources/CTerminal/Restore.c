#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include "Restore.h"
#include "CTerminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static const int piped[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT};
// SIGQUIT is no crash, but ends the program as one does: whoever sends it wants no more work done.
static const int crashes[] = {SIGQUIT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT};
enum {
  PIPED = sizeof piped / sizeof *piped,
  CRASHES = sizeof crashes / sizeof *crashes,
  CRASH_STACK = 64 * 1024,
};

static struct sigaction old_piped[PIPED], old_crashes[CRASHES];
static struct termios settings;
static bool has_settings;
static int tty = -1;
static int signal_pipe[2] = {-1, -1};
static char reset_bytes[512];
static size_t reset_count;
static int crash_stderr = -1, crash_log = -1;
static volatile sig_atomic_t is_armed;

// All pipes here: closed on exec, and neither end blocks.
static int open_pipe(int ends[2]) {
  if (pipe(ends) != 0) return -1;
  for (int end = 0; end < 2; end++) {
    fcntl(ends[end], F_SETFD, FD_CLOEXEC);
    fcntl(ends[end], F_SETFL, O_NONBLOCK);
  }
  return 0;
}

int term_wake_open(int ends[2]) { return open_pipe(ends); }

void term_wake_send(int end) {
  char byte = 1;
  // A full pipe wakes as well as one more byte does.
  while (write(end, &byte, 1) < 0 && errno == EINTR) continue;
}

void term_wake_drain(int end) {
  char bytes[64];
  while (read(end, bytes, sizeof bytes) > 0 || errno == EINTR) errno = 0;
}

void term_wake_close(const int ends[2]) {
  close(ends[0]);
  close(ends[1]);
}

int term_restore_prepare(int descriptor) {
  tty = descriptor;
  has_settings = tcgetattr(tty, &settings) == 0;
  if (!has_settings) return -1;
  return signal_pipe[0] >= 0 ? 0 : open_pipe(signal_pipe);
}

void term_restore_settings(void) {
  if (has_settings) tcsetattr(tty, TCSADRAIN, &settings);
}

int term_restore_signal_end(void) { return signal_pipe[0]; }

int term_next_signal(void) {
  unsigned char number = 0;
  if (read(signal_pipe[0], &number, 1) != 1) return TERM_SIGNAL_NONE;
  switch (number) {
  case SIGWINCH: return TERM_SIGNAL_RESIZE;
  case SIGTSTP: return TERM_SIGNAL_SUSPEND;
  case SIGCONT: return TERM_SIGNAL_CONTINUE;
  case SIGINT: return TERM_SIGNAL_INTERRUPT;
  case SIGTERM: return TERM_SIGNAL_TERMINATE;
  default: return TERM_SIGNAL_HANGUP;
  }
}

static void on_signal(int number) {
  int saved = errno;
  unsigned char byte = (unsigned char)number;
  ssize_t written = write(signal_pipe[1], &byte, 1);
  (void)written;
  errno = saved;
}

// Only async-signal-safe calls from here on.
static void write_all(int descriptor, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(descriptor, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    bytes += written;
    count -= (size_t)written;
  }
}

// Copies the end of the log to stderr: the runtime's message about a crash was printed before the signal.
static void replay_log(void) {
  enum { TAIL = 16 * 1024 };
  static char bytes[TAIL];
  off_t end = lseek(crash_log, 0, SEEK_END);
  if (end <= 0) return;
  off_t start = end > TAIL ? end - TAIL : 0;
  ssize_t count = pread(crash_log, bytes, TAIL, start);
  if (count > 0) write_all(STDERR_FILENO, bytes, (size_t)count);
}

static void on_crash(int number, siginfo_t *information, void *context) {
  (void)context;
  if (is_armed) {
    is_armed = 0;
    write_all(tty, reset_bytes, reset_count);
    tcsetattr(tty, TCSANOW, &settings);
    if (crash_stderr >= 0) {
      dup2(crash_stderr, STDERR_FILENO);
      replay_log();
    }
  }
  for (int index = 0; index < CRASHES; index++) {
    if (crashes[index] == number) sigaction(number, &old_crashes[index], NULL);
  }
  // The runtime's own handler would look for the cause of a crash, for a long time.
  if (number == SIGQUIT) signal(SIGQUIT, SIG_DFL);
  // Returning repeats the faulty instruction under the old handler; a signal somebody sent must be sent again.
  if (information->si_code <= 0 || number == SIGQUIT) raise(number);
}

void term_restore_install(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (int index = 0; index < PIPED; index++) sigaction(piped[index], &action, &old_piped[index]);

  // A stack of its own, so that an overflow of this thread's stack is handled too; the runtime may have one.
  static char stack[CRASH_STACK];
  stack_t present;
  if (sigaltstack(NULL, &present) == 0 && (present.ss_flags & SS_DISABLE)) {
    stack_t mine;
    memset(&mine, 0, sizeof mine);
    mine.ss_sp = stack;
    mine.ss_size = sizeof stack;
    sigaltstack(&mine, NULL);
  }
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_crash;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (int index = 0; index < CRASHES; index++) sigaction(crashes[index], &action, &old_crashes[index]);
}

void term_ignore_hangup(void) {
  for (int index = 0; index < PIPED; index++) {
    if (piped[index] == SIGHUP) old_piped[index].sa_handler = SIG_IGN;
  }
  signal(SIGHUP, SIG_IGN);
}

void term_restore_uninstall(void) {
  for (int index = 0; index < PIPED; index++) sigaction(piped[index], &old_piped[index], NULL);
  for (int index = 0; index < CRASHES; index++) sigaction(crashes[index], &old_crashes[index], NULL);
  while (term_next_signal() != TERM_SIGNAL_NONE) continue;
}

static void append(const char *text) {
  for (; text && *text && reset_count < sizeof reset_bytes; text++) {
    // Delays, `$<5>`, are for tputs; no terminal that needs them is left.
    if (text[0] == '$' && text[1] == '<') {
      const char *end = strchr(text, '>');
      if (end) {
        text = end;
        continue;
      }
    }
    reset_bytes[reset_count++] = *text;
  }
}

void term_restore_arm(
    const char *sgr0, const char *op, const char *rmkx, const char *cnorm, const char *rmcup, int saved_stderr,
    int log) {
  reset_count = 0;
  // Reports of the mouse and of pastes first: they would fill the user's next command line.
  append("\033[?1004l\033[?1006l\033[?1003l\033[?1002l\033[?1000l\033[?2004l");
  append(sgr0);
  append(op);
  append(rmkx);
  append(cnorm);
  append(rmcup);
  append("\r\n");
  crash_stderr = saved_stderr;
  crash_log = log;
  is_armed = 1;
}

void term_restore_disarm(void) { is_armed = 0; }

void term_quit(void) { raise(SIGQUIT); }

void term_restore_stop(void) {
  struct sigaction standard, mine;
  memset(&standard, 0, sizeof standard);
  standard.sa_handler = SIG_DFL;
  sigemptyset(&standard.sa_mask);
  sigaction(SIGTSTP, &standard, &mine);
  // The whole group, so that a program that started this one stops too and the shell gets the terminal.
  kill(0, SIGTSTP);
  // Another thread may have taken the signal while this one runs on; SIGCONT tells that the stop is over. Where
  // nobody can continue the group, the system drops SIGTSTP and the wait ends by itself.
  struct pollfd polled = {.fd = signal_pipe[0], .events = POLLIN};
  poll(&polled, 1, 250);
  sigaction(SIGTSTP, &mine, NULL);
}
