// TerminalHost: first files follow.
