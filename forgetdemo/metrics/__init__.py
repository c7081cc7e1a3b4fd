"""Arrays in, numbers out: counts, distances, attacks, and the report of one model. Pure."""
