#define _XOPEN_SOURCE_EXTENDED 1
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#ifndef NCURSES_WIDECHAR
#define NCURSES_WIDECHAR 1
#endif

#include "CTerminal.h"
#include "Restore.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

// Codes that `define_key` gives to the bracketed paste; above every code of ncurses.
enum { PASTE_BEGIN = 0x4000, PASTE_END = 0x4001, MODIFIED = 0x4100, MEANINGLESS = 0x4200 };
// Codes of what a terminal says by itself: that its window has the focus or lost it, and the beginnings of answers.
enum { FOCUS_IN = 0x4002, FOCUS_OUT = 0x4003, COLOR_ANSWER = 0x4004, ATTRIBUTES_ANSWER = 0x4005 };
enum { ESCAPE_DELAY = 25 };

// The keys of xterm's scheme `CSI 1 ; modifiers LETTER` (ctlseqs, "PC-Style Function Keys").
static const struct {
  char letter;
  uint32_t key;
} modified_keys[] = {
    {'A', TERM_KEY_UP},   {'B', TERM_KEY_DOWN}, {'C', TERM_KEY_RIGHT},
    {'D', TERM_KEY_LEFT}, {'H', TERM_KEY_HOME}, {'F', TERM_KEY_END},
};
enum { MODIFIED_KEYS = sizeof modified_keys / sizeof *modified_keys };

static struct {
  SCREEN *screen;
  WINDOW *input;  // a pad: reading from a window would refresh it
  FILE *in, *out;
  int tty;
  int saved_stdout, saved_stderr, log;
  bool has_colors, is_utf8, has_mouse;
  bool knows_sequences;  // those of xterm that draw nothing
  int empty_reads;
  int mark_matched;  // bytes of the mark at the end of a paste that were read so far
} terminal = {.tty = -1, .saved_stdout = -1, .saved_stderr = -1, .log = -1};

// Where the cursor is shown; x < 0: nowhere.
static int cursor_x = -1, cursor_y = -1;

const char *term_type(void) {
  const char *type = getenv("TERM");
  return type ? type : "";
}

bool term_is_utf8(void) { return terminal.is_utf8; }

int term_colors(void) { return terminal.has_colors ? COLORS : 0; }

// A string capability; NULL if the terminal has none. `tigetstr` takes `char *` on some systems.
static const char *capability(const char *name) {
  const char *value = tigetstr((char *)name);
  return value == (const char *)-1 ? NULL : value;
}

static void send_to_tty(const char *bytes) {
  fputs(bytes, terminal.out);
  fflush(terminal.out);
}

// Whether the terminal takes the sequences of operating system commands: others would print them.
static bool takes_sequences(void) {
  const char *type = term_type();
  return tigetflag((char *)"XT") > 0 || tigetflag((char *)"hs") > 0 || capability("tsl") || strncmp(type, "xterm", 5) == 0 ||
         strncmp(type, "screen", 6) == 0;
}

static void begin_modes(void) {
  send_to_tty("\033[?2004h");
  // The title that the window has is put aside, and the focus is told of.
  if (terminal.knows_sequences) send_to_tty("\033[22;2t\033[?1004h");
  if (terminal.has_mouse) mousemask(ALL_MOUSE_EVENTS, NULL);
}

static void end_modes(void) {
  if (terminal.has_mouse) mousemask(0, NULL);
  if (terminal.knows_sequences) send_to_tty("\033[?1004l\033[23;2t");
  send_to_tty("\033[?2004l");
}

// Sequences that terminals send and terminfo often leaves out: without a name they would arrive as Escape and text.
static void define_sequences(void) {
  define_key("\033[200~", PASTE_BEGIN);
  define_key("\033[201~", PASTE_END);
  define_key("\033[I", FOCUS_IN);
  define_key("\033[O", FOCUS_OUT);
  // No key begins like these.
  define_key("\033]11;", COLOR_ANSWER);
  define_key("\033[?", ATTRIBUTES_ANSWER);
  define_key("\033[1~", KEY_HOME);
  define_key("\033[4~", KEY_END);
  define_key("\033[7~", KEY_HOME);
  define_key("\033[8~", KEY_END);
  define_key("\033[H", KEY_HOME);
  define_key("\033[F", KEY_END);
  char sequence[16];
  for (int modifiers = 2; modifiers <= 8; modifiers++) {
    for (int index = 0; index < MODIFIED_KEYS; index++) {
      snprintf(sequence, sizeof sequence, "\033[1;%d%c", modifiers, modified_keys[index].letter);
      define_key(sequence, MODIFIED + modifiers * MODIFIED_KEYS + index);
    }
    static const int numbered[] = {2, 3, 5, 6, 15, 17, 18, 19, 20, 21, 23, 24};
    for (size_t index = 0; index < sizeof numbered / sizeof *numbered; index++) {
      snprintf(sequence, sizeof sequence, "\033[%d;%d~", numbered[index], modifiers);
      define_key(sequence, MEANINGLESS);
    }
    for (char letter = 'P'; letter <= 'S'; letter++) {
      snprintf(sequence, sizeof sequence, "\033[1;%d%c", modifiers, letter);
      define_key(sequence, MEANINGLESS);
    }
  }
}

static void give_output_back(void) {
  if (terminal.saved_stdout >= 0) {
    fflush(stdout);
    fflush(stderr);
    dup2(terminal.saved_stdout, STDOUT_FILENO);
    dup2(terminal.saved_stderr, STDERR_FILENO);
    close(terminal.saved_stdout);
    close(terminal.saved_stderr);
  }
  terminal.saved_stdout = terminal.saved_stderr = -1;
}

static void take_output(int log) {
  if (log < 0) return;
  fflush(stdout);
  fflush(stderr);
  terminal.saved_stdout = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  terminal.saved_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (terminal.saved_stdout < 0 || terminal.saved_stderr < 0) {
    if (terminal.saved_stdout >= 0) close(terminal.saved_stdout);
    if (terminal.saved_stderr >= 0) close(terminal.saved_stderr);
    terminal.saved_stdout = terminal.saved_stderr = -1;
    return;
  }
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
}

static void close_tty(void) {
  if (terminal.in) fclose(terminal.in);
  if (terminal.out) fclose(terminal.out);
  if (terminal.tty >= 0) close(terminal.tty);
  terminal.in = terminal.out = NULL;
  terminal.tty = -1;
}

// A description of this terminal with direct colours, where COLORTERM says that it has them and terminfo knows one; else NULL,
// which is the description that TERM names.
static const char *direct_type(void) {
  static char name[64];
  const char *says = getenv("COLORTERM");
  if (!says || (strcmp(says, "truecolor") != 0 && strcmp(says, "24bit") != 0)) return NULL;
  const char *type = term_type();
  if (strstr(type, "direct")) return NULL;
  const char *end = strstr(type, "-256color");
  size_t length = end ? (size_t)(end - type) : strlen(type);
  if (length == 0 || length > sizeof name - sizeof "-direct") return NULL;
  memcpy(name, type, length);
  strcpy(name + length, "-direct");
  int error = 0;
  if (setupterm(name, terminal.tty, &error) != OK) return NULL;
  bool suits = capability("cup") != NULL;
  del_curterm(cur_term);
  return suits ? name : NULL;
}

int term_open(int log) {
  // Without this, wide characters are drawn as blanks.
  setlocale(LC_ALL, "");
  terminal.is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;

  terminal.tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal.tty < 0) return TERM_NO_TTY;
  int error = 0;
  if (*term_type() == 0 || setupterm(NULL, terminal.tty, &error) != OK) {
    close_tty();
    return TERM_UNKNOWN_TYPE;
  }
  bool places_cursor = capability("cup") != NULL;
  del_curterm(cur_term);
  if (!places_cursor) {
    close_tty();
    return TERM_TOO_DUMB;
  }
  // With these set, ncurses would never notice a new size.
  unsetenv("LINES");
  unsetenv("COLUMNS");

  int in = fcntl(terminal.tty, F_DUPFD_CLOEXEC, 3);
  int out = fcntl(terminal.tty, F_DUPFD_CLOEXEC, 3);
  terminal.in = in < 0 ? NULL : fdopen(in, "r");
  terminal.out = out < 0 ? NULL : fdopen(out, "w");
  if (!terminal.in || !terminal.out || term_restore_prepare(terminal.tty) != 0) {
    close_tty();
    return TERM_FAILED;
  }
  // Our handlers come first: ncurses takes only signals that are still at their default.
  term_restore_install();
  set_escdelay(ESCAPE_DELAY);
  terminal.screen = newterm(direct_type(), terminal.out, terminal.in);
  if (!terminal.screen) {
    term_restore_uninstall();
    close_tty();
    return TERM_FAILED;
  }
  set_term(terminal.screen);
  raw();
  noecho();
  nonl();
  curs_set(0);
  idlok(stdscr, FALSE);
  leaveok(stdscr, FALSE);
  terminal.input = newpad(1, 1);
  keypad(terminal.input, TRUE);
  nodelay(terminal.input, TRUE);
  define_sequences();
  mouseinterval(0);
  // `alloc_pair` crashes on terminals without colours, so this is asked once and kept.
  terminal.has_colors = has_colors() && start_color() == OK;
  if (terminal.has_colors) use_default_colors();

  terminal.knows_sequences = takes_sequences();
  take_output(log);
  terminal.log = log;
  terminal.empty_reads = 0;
  term_restore_arm(
      capability("sgr0"), capability("op"), capability("rmkx"), capability("cnorm"), capability("rmcup"),
      terminal.saved_stderr, log);
  begin_modes();
  return TERM_OPENED;
}

void term_close(void) {
  if (!terminal.screen) return;
  end_modes();
  endwin();
  term_restore_disarm();
  delwin(terminal.input);
  delscreen(terminal.screen);
  terminal.screen = NULL;
  cursor_x = -1;
  give_output_back();
  // The settings as they were, whatever ncurses believes they were.
  term_restore_settings();
  close_tty();
  term_restore_uninstall();
}

void term_send(const char *bytes) {
  if (!terminal.out) return;
  send_to_tty(bytes);
  fflush(terminal.out);
}

bool term_knows_sequences(void) { return terminal.knows_sequences; }

void term_expect_answer(bool expected) { set_escdelay(expected ? 200 : ESCAPE_DELAY); }

int term_read_byte(void) {
  int available = 0;
  uint8_t byte = 0;
  if (ioctl(terminal.tty, FIONREAD, &available) != 0 || available <= 0) {
    terminal.empty_reads++;
    return -1;
  }
  if (read(terminal.tty, &byte, 1) != 1) return -1;
  terminal.empty_reads = 0;
  return byte;
}

void term_set_mouse(bool on) {
  if (on == terminal.has_mouse) return;
  terminal.has_mouse = on;
  mousemask(on ? ALL_MOUSE_EVENTS : 0, NULL);
}

void term_measure(int *width, int *height) {
  struct winsize size;
  if (ioctl(terminal.tty, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
    if (size.ws_col != COLS || size.ws_row != LINES) resizeterm(size.ws_row, size.ws_col);
  }
  *width = COLS;
  *height = LINES;
}

// The pair of two colours. `alloc_pair` finds pairs it has made; the last one is kept because neighbours are alike.
static int color_pair(int foreground, int background) {
  static int last_foreground = -1, last_background = -1, last_pair = 0;
  if (!terminal.has_colors || (foreground < 0 && background < 0)) return 0;
  if (foreground == last_foreground && background == last_background) return last_pair;
  int pair = alloc_pair(foreground, background);
  last_foreground = foreground;
  last_background = background;
  last_pair = pair < 0 ? 0 : pair;
  return last_pair;
}

void term_put_row(int y, const term_cell *cells, int count) {
  if (y < 0 || y >= LINES) return;
  if (count > COLS) count = COLS;
  for (int x = 0; x < count; x++) {
    if (cells[x].scalar == 0) continue;
    attr_t attributes = A_NORMAL;
    if (cells[x].attributes & TERM_BOLD) attributes |= A_BOLD;
    if (cells[x].attributes & TERM_DIM) attributes |= A_DIM;
    if (cells[x].attributes & TERM_UNDERLINE) attributes |= A_UNDERLINE;
    if (cells[x].attributes & TERM_REVERSE) attributes |= A_REVERSE;
    if (cells[x].attributes & TERM_ITALIC) attributes |= A_ITALIC;
    // The C library decides how wide ncurses takes a character; where it disagrees, the row must not shift.
    bool is_wide = x + 1 < count && cells[x + 1].scalar == 0;
    wchar_t text[2] = {(wchar_t)cells[x].scalar, 0};
    int taken = wcwidth(text[0]);
    if (taken < 1 || (taken == 2 && !is_wide)) text[0] = L'?';
    // Pairs above 255 get lost in `COLOR_PAIR`; the last argument takes an int whole.
    int pair = color_pair(cells[x].foreground, cells[x].background);
    cchar_t glyph;
    if (setcchar(&glyph, text, attributes, 0, &pair) == OK) mvwadd_wch(stdscr, y, x, &glyph);
    if (is_wide && taken != 2) {
      text[0] = L' ';
      if (setcchar(&glyph, text, attributes, 0, &pair) == OK) mvwadd_wch(stdscr, y, x + 1, &glyph);
    }
  }
}

void term_set_cursor(int x, int y) {
  bool was_shown = cursor_x >= 0;
  cursor_x = x;
  cursor_y = y;
  if (was_shown != (x >= 0)) curs_set(x >= 0 ? 1 : 0);
}

void term_flush(void) {
  if (cursor_x >= 0) wmove(stdscr, cursor_y, cursor_x);
  wrefresh(stdscr);
}

void term_invalidate(void) { clearok(curscr, TRUE); }

int term_wait(int wake, int milliseconds) {
  int signals = term_restore_signal_end();
  int ready = 0;
#ifdef __APPLE__
  // macOS cannot poll terminals.
  fd_set set;
  FD_ZERO(&set);
  FD_SET(terminal.tty, &set);
  FD_SET(signals, &set);
  if (wake >= 0 && wake < FD_SETSIZE) FD_SET(wake, &set);
  int last = terminal.tty > signals ? terminal.tty : signals;
  if (wake > last) last = wake;
  struct timeval span = {milliseconds / 1000, (milliseconds % 1000) * 1000};
  if (select(last + 1, &set, NULL, NULL, milliseconds < 0 ? NULL : &span) <= 0) return 0;
  if (FD_ISSET(terminal.tty, &set)) ready |= TERM_READY_INPUT;
  if (FD_ISSET(signals, &set)) ready |= TERM_READY_SIGNAL;
  if (wake >= 0 && FD_ISSET(wake, &set)) ready |= TERM_READY_WAKE;
#else
  struct pollfd polled[3] = {
      {.fd = terminal.tty, .events = POLLIN},
      {.fd = signals, .events = POLLIN},
      {.fd = wake, .events = POLLIN},  // a negative descriptor is left out by `poll`
  };
  if (poll(polled, 3, milliseconds) <= 0) return 0;
  if (polled[0].revents & POLLIN) ready |= TERM_READY_INPUT;
  if (polled[0].revents & (POLLHUP | POLLERR | POLLNVAL)) ready |= TERM_READY_HANGUP;
  if (polled[1].revents & POLLIN) ready |= TERM_READY_SIGNAL;
  if (polled[2].revents & POLLIN) ready |= TERM_READY_WAKE;
#endif
  // A dead terminal is ready for ever and never gives a byte.
  if (ready & TERM_READY_INPUT && terminal.empty_reads > 50) ready |= TERM_READY_HANGUP;
  return ready;
}

static uint32_t key_of(wint_t code) {
  switch (code) {
  case KEY_UP: return TERM_KEY_UP;
  case KEY_DOWN: return TERM_KEY_DOWN;
  case KEY_LEFT: return TERM_KEY_LEFT;
  case KEY_RIGHT: return TERM_KEY_RIGHT;
  case KEY_HOME:
  case KEY_A1: return TERM_KEY_HOME;
  case KEY_END:
  case KEY_C1: return TERM_KEY_END;
  case KEY_PPAGE:
  case KEY_A3: return TERM_KEY_PAGE_UP;
  case KEY_NPAGE:
  case KEY_C3: return TERM_KEY_PAGE_DOWN;
  case KEY_IC: return TERM_KEY_INSERT;
  case KEY_DC: return TERM_KEY_DELETE;
  case KEY_BACKSPACE: return TERM_KEY_BACKSPACE;
  case KEY_ENTER: return TERM_KEY_ENTER;
  case KEY_BTAB: return TERM_KEY_BACK_TAB;
  case KEY_SR: return TERM_KEY_SHIFT_UP;
  case KEY_SF: return TERM_KEY_SHIFT_DOWN;
  case KEY_SLEFT: return TERM_KEY_SHIFT_LEFT;
  case KEY_SRIGHT: return TERM_KEY_SHIFT_RIGHT;
  default:
    if (code > KEY_F0 && code <= KEY_F(24)) return TERM_KEY_FUNCTION + (uint32_t)(code - KEY_F0);
    return 0;
  }
}

static void read_mouse(term_input *input) {
  MEVENT event;
  input->kind = TERM_INPUT_OTHER;
  if (getmouse(&event) != OK) return;
  uint32_t code = 0;
  if (event.bstate & BUTTON1_PRESSED) code = TERM_MOUSE_LEFT;
  else if (event.bstate & BUTTON1_RELEASED) code = TERM_MOUSE_RELEASE;
  else if (event.bstate & BUTTON2_PRESSED) code = TERM_MOUSE_MIDDLE;
  else if (event.bstate & BUTTON3_PRESSED) code = TERM_MOUSE_RIGHT;
  else if (event.bstate & BUTTON4_PRESSED) code = TERM_MOUSE_WHEEL_UP;
#if NCURSES_MOUSE_VERSION > 1
  else if (event.bstate & BUTTON5_PRESSED) code = TERM_MOUSE_WHEEL_DOWN;
#endif
  if (code == 0) return;
  *input = (term_input){.kind = TERM_INPUT_MOUSE, .code = code, .x = event.x, .y = event.y};
}

void term_read(term_input *input) {
  *input = (term_input){.kind = TERM_INPUT_NONE};
  wint_t code = 0;
  int result = wget_wch(terminal.input, &code);
  if (result == ERR) {
    terminal.empty_reads++;
    return;
  }
  terminal.empty_reads = 0;
  if (result != KEY_CODE_YES) {
    *input = (term_input){.kind = TERM_INPUT_TEXT, .code = (uint32_t)code};
  } else if (code == KEY_MOUSE) {
    read_mouse(input);
  } else if (code == PASTE_BEGIN || code == PASTE_END) {
    input->kind = code == PASTE_BEGIN ? TERM_INPUT_PASTE_BEGIN : TERM_INPUT_PASTE_END;
  } else if (code == FOCUS_IN || code == FOCUS_OUT) {
    *input = (term_input){.kind = TERM_INPUT_FOCUS, .code = code == FOCUS_IN};
  } else if (code == COLOR_ANSWER || code == ATTRIBUTES_ANSWER) {
    *input = (term_input){.kind = TERM_INPUT_ANSWER, .code = code == COLOR_ANSWER};
  } else if (code >= MODIFIED && code < MEANINGLESS) {
    // One more than the sum of 1 for shift, 2 for alt and 4 for control.
    uint32_t held = (code - MODIFIED) / MODIFIED_KEYS - 1;
    input->kind = held & 2 ? TERM_INPUT_OTHER : TERM_INPUT_KEY;
    input->code = modified_keys[(code - MODIFIED) % MODIFIED_KEYS].key;
    input->has_shift = held & 1;
    input->has_control = held & 4;
  } else {
    uint32_t key = key_of(code);
    *input = (term_input){.kind = key ? TERM_INPUT_KEY : TERM_INPUT_OTHER, .code = key};
  }
}

int term_read_paste(uint8_t *bytes, int limit, bool *ended) {
  static const char mark[] = "\033[201~";
  int available = 0, count = 0;
  *ended = false;
  if (ioctl(terminal.tty, FIONREAD, &available) != 0 || available <= 0) terminal.empty_reads++;
  // A byte at a time: what stands behind the mark is for ncurses, and nothing read can be given back to it whole.
  for (; count < available && count < limit && !*ended; count++) {
    if (read(terminal.tty, &bytes[count], 1) != 1) break;
    terminal.empty_reads = 0;
    if (bytes[count] == (uint8_t)mark[terminal.mark_matched]) terminal.mark_matched++;
    else terminal.mark_matched = bytes[count] == (uint8_t)mark[0];
    if (mark[terminal.mark_matched] == 0) {
      terminal.mark_matched = 0;
      *ended = true;
    }
  }
  return count;
}

void term_discard_input(void) { tcflush(terminal.tty, TCIFLUSH); }

void term_suspend(void) {
  end_modes();
  endwin();
  term_restore_stop();
}

void term_resume(void) {
  // The shell may have changed the terminal's settings; after `endwin`, a refresh puts ours back.
  endwin();
  begin_modes();
  term_invalidate();
  wrefresh(stdscr);
  curs_set(cursor_x >= 0 ? 1 : 0);
}
