"""What it takes to look inside exported models, measured once: assets/inside."""
