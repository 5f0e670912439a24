// Compute: first files follow.
