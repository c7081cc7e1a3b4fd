"""The Gradio page: a list of tabs, the server and its guard."""
