"""How a class is forgotten: one loop, losses, masks, and the registry of methods."""
