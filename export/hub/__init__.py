"""A model repository for the Hugging Face Hub, and pushing it."""
