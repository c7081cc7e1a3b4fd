"""The page that needs no server."""
