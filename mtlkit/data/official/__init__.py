"""Official data sets: where each comes from, how it gets here, and how it is read."""
