"""The app with a worker that pretends, so that a run takes a third of a second."""

import sys

from forgetdemo import serve
from forgetdemo.cli import main

if __name__ == "__main__":
    serve.WORKER = (sys.executable, "-m", "tests.helpers.fake_worker")
    sys.exit(main(["app", *sys.argv[1:]]))
