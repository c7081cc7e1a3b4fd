"""A folder for Hugging Face Spaces, and pushing it."""
