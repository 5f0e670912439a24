// Pruning: first files follow.
