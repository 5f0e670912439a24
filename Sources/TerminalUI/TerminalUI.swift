// TerminalUI: first files follow.
