"""`python -m forgetdemo`: delegates to the command line, or to the page's worker process."""

import sys

if sys.argv[1:] == ["worker"]:  # not a command for people: it talks JSON lines on its pipes
    from forgetdemo.worker import main as work

    work()
else:
    from forgetdemo.cli import main

    sys.exit(main())
