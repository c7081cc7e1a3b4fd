"""`python app.py`: the page, by the command line's `app`."""

import sys

from forgetdemo.cli import main

if __name__ == "__main__":
    sys.exit(main(["app", *sys.argv[1:]]))
