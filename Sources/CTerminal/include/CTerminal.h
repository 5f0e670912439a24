// The terminal, over ncursesw: a small set of plain functions. `curses.h` stays in the `.c` files, because its
// macros, globals and short names (`move`, `filter`, `box`) do not go with Swift.
//
// One screen a process, used from one thread; only `term_wake_send` may be called from any thread.
#ifndef CTerminal_H
#define CTerminal_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  TERM_OPENED = 0,
  TERM_NO_TTY = 1,        // there is no controlling terminal
  TERM_UNKNOWN_TYPE = 2,  // TERM is unset, or terminfo does not know it
  TERM_TOO_DUMB = 3,      // the terminal cannot place its cursor
  TERM_FAILED = 4,        // the system refused something
};

enum {
  TERM_BOLD = 1,
  TERM_DIM = 2,
  TERM_UNDERLINE = 4,
  TERM_REVERSE = 8,
  TERM_ITALIC = 16,
};

// A colour: -1 is the terminal's own, else an index into its palette, or 0xRRGGBB where it has direct colours.
typedef struct {
  uint32_t scalar;  // 0: the second column of a wide scalar to the left
  int32_t foreground;
  int32_t background;
  uint16_t attributes;
} term_cell;

enum {
  TERM_INPUT_NONE = 0,
  TERM_INPUT_TEXT = 1,  // `code` is a Unicode scalar, control characters included
  TERM_INPUT_KEY = 2,   // `code` is one of TERM_KEY_*, or TERM_KEY_FUNCTION + n
  TERM_INPUT_MOUSE = 3, // `code` is one of TERM_MOUSE_*
  TERM_INPUT_PASTE_BEGIN = 4,
  TERM_INPUT_PASTE_END = 5,
  TERM_INPUT_OTHER = 6,  // something that has no meaning here
  TERM_INPUT_FOCUS = 7,  // `code` is 1 where the window has the focus now, 0 where it lost it
  // The beginning of an answer was read: of one about a colour (`code` is 1), or about what the terminal is (0). The rest
  // of it is read by `term_read_byte`.
  TERM_INPUT_ANSWER = 8,
};

enum {
  TERM_KEY_UP = 1,
  TERM_KEY_DOWN,
  TERM_KEY_LEFT,
  TERM_KEY_RIGHT,
  TERM_KEY_HOME,
  TERM_KEY_END,
  TERM_KEY_PAGE_UP,
  TERM_KEY_PAGE_DOWN,
  TERM_KEY_INSERT,
  TERM_KEY_DELETE,
  TERM_KEY_BACKSPACE,
  TERM_KEY_ENTER,
  TERM_KEY_BACK_TAB,
  TERM_KEY_SHIFT_UP,
  TERM_KEY_SHIFT_DOWN,
  TERM_KEY_SHIFT_LEFT,
  TERM_KEY_SHIFT_RIGHT,
  TERM_KEY_FUNCTION = 100,
};

enum {
  TERM_MOUSE_LEFT = 1,
  TERM_MOUSE_MIDDLE,
  TERM_MOUSE_RIGHT,
  TERM_MOUSE_WHEEL_UP,
  TERM_MOUSE_WHEEL_DOWN,
  TERM_MOUSE_RELEASE, // of the left button
};

typedef struct {
  int kind;
  uint32_t code;
  int x;
  int y;
  bool has_shift;  // of keys that move
  bool has_control;
} term_input;

// What `term_wait` saw; bits.
enum {
  TERM_READY_INPUT = 1,
  TERM_READY_SIGNAL = 2,
  TERM_READY_WAKE = 4,
  TERM_READY_HANGUP = 8,
};

// Opens the controlling terminal in full-screen mode; TERM_OPENED or why not. `log` is a descriptor that takes
// what is written to stdout and stderr meanwhile, or -1; it is not closed.
int term_open(int log);
// Leaves full-screen mode, gives stdout and stderr back, and puts the signal handlers back.
void term_close(void);
// Whether the locale's codeset is UTF-8 (after `term_open`).
bool term_is_utf8(void);
// How many colours the terminal has; 0 without colours.
int term_colors(void);
// The name of the terminal's type, from TERM; empty if unset.
const char *term_type(void);

// Asks the system for the terminal's size and adopts it.
void term_measure(int *width, int *height);
// Puts `count` cells from the left edge of row `y`.
void term_put_row(int y, const term_cell *cells, int count);
// Places and shows the cursor, or hides it (x < 0).
void term_set_cursor(int x, int y);
// Sends what differs from the last flush.
void term_flush(void);
// Sends bytes past ncurses: a sequence that draws nothing, such as a title.
void term_send(const char *bytes);
// Whether sequences that draw nothing (titles, colours asked for) are known to the terminal rather than printed.
bool term_knows_sequences(void);
// Waits longer for what comes behind an Escape, as long as an answer is expected: a slow line may tear it apart.
void term_expect_answer(bool expected);
// The next byte past ncurses, without blocking; -1 where none is there.
int term_read_byte(void);
// Makes the next flush draw everything.
void term_invalidate(void);
// Turns reports of the mouse on or off.
void term_set_mouse(bool on);

// Blocks for input, a signal or a wake-up on `wake` (-1: none), at most `milliseconds` (-1: for ever).
int term_wait(int wake, int milliseconds);
// The next piece of input, without blocking.
void term_read(term_input *input);
// Reads what is there of a paste that has begun, at most `limit` bytes, without blocking; how many there were. The mark at
// its end comes with them (TERM_PASTE_MARK bytes), and `*ended` says that it did.
int term_read_paste(uint8_t *bytes, int limit, bool *ended);
enum { TERM_PASTE_MARK = 6 };
// Throws away what was sent to the terminal's program and is not read yet.
void term_discard_input(void);
// The next signal that came in, one of TERM_SIGNAL_*.
int term_next_signal(void);
// Lets the end of the terminal, which its shell and the system both tell, be told again without ending the program.
void term_ignore_hangup(void);
// Ends the program at once as Control-\ does, with the terminal as it was.
void term_quit(void);
// Leaves full-screen mode and stops the process group as Control-Z does; comes back when it goes on.
void term_suspend(void);
// Enters full-screen mode again after a stop.
void term_resume(void);

// A log for what is printed while the screen is up: the file at `path`, appended to, or (NULL) one without a
// name. A descriptor, or -1.
int term_log_open(const char *path);
// How many bytes the log has; where a later replay starts.
int64_t term_log_end(int log);
// Copies what was logged since `start` to stderr, at most the last 64 KiB.
void term_log_replay(int log, int64_t start);
void term_log_close(int log);

// The kinds of signals that `term_next_signal` gives.
enum {
  TERM_SIGNAL_NONE = 0,
  TERM_SIGNAL_RESIZE,
  TERM_SIGNAL_SUSPEND,
  TERM_SIGNAL_CONTINUE,
  TERM_SIGNAL_INTERRUPT,
  TERM_SIGNAL_TERMINATE,
  TERM_SIGNAL_HANGUP,
};

// A pipe for waking `term_wait` from other threads: 0 on success. `ends[0]` is read, `ends[1]` is written.
int term_wake_open(int ends[2]);
// Writes a byte; never blocks.
void term_wake_send(int end);
// Reads all bytes there are.
void term_wake_drain(int end);
// Closes both ends.
void term_wake_close(const int ends[2]);

#endif
