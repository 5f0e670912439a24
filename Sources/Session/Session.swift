// Session: first files follow.
