"""From a report to what web/ draws, as plain typed data. No gradio, no torch."""
