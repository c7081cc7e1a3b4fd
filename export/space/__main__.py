"""`python -m export.space`."""

import sys

from export.space.build import main

sys.exit(main())
