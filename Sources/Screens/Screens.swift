// Screens: first files follow.
