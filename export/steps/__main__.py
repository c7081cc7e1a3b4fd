"""`python -m export.steps`."""

import sys

from export.steps.build import main

sys.exit(main())
