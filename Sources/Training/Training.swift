// Training: first files follow.
