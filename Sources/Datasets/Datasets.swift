// Datasets: first files follow.
