// Signals, and getting the terminal back when the process ends badly. Internal to this target.
#ifndef RESTORE_H
#define RESTORE_H

// Remembers the terminal's settings and opens the pipe of signals; 0 on success.
int term_restore_prepare(int tty);
// Takes over the signals that are delivered through the pipe, and those of crashes.
void term_restore_install(void);
// Gives all signals back.
void term_restore_uninstall(void);
// From now on a crash sends these strings of terminfo, gives stderr back and copies the log there.
void term_restore_arm(
    const char *sgr0, const char *op, const char *rmkx, const char *cnorm, const char *rmcup, int saved_stderr,
    int log);
void term_restore_disarm(void);
// Puts the remembered settings back.
void term_restore_settings(void);
// The end of the signals' pipe that becomes readable.
int term_restore_signal_end(void);
// Stops the process group as Control-Z does; returns when it goes on.
void term_restore_stop(void);

#endif
