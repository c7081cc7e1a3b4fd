"""`python -m export.inside`."""

from export.inside.build import main

if __name__ == "__main__":
    raise SystemExit(main())
