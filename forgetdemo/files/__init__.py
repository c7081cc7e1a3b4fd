"""Files that are whole or absent: checkpoints, folders with a manifest, runs and their keys."""
