"""Is it forgotten? Oracles, measures beside their band, attacks, the verdict, the benchmark."""
