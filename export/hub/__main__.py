"""`python -m export.hub`."""

import sys

from export.hub.build import main

sys.exit(main())
