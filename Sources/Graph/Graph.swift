// Graph: first files follow.
