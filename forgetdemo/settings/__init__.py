"""What may be asked for: constants, the network's shape, settings per stage, checks."""
