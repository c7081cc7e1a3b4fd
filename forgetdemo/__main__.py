"""`python -m forgetdemo`: delegates to the command line."""

import sys

from forgetdemo.cli import main

sys.exit(main())
