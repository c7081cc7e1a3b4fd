"""`python -m export.web`."""

import sys

from export.web.build import main

sys.exit(main())
