// Formats: first files follow.
