"""`python -m forgetdemo`: the command line."""

import sys

from forgetdemo.cli import main

sys.exit(main())
