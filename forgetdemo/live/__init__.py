"""Runs ordered from the page: the waiting line, the shelf, and the worker process."""
