"""Reports and benchmarks as matplotlib figures."""
