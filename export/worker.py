"""`python -m export.worker`: the process that makes the page's live runs, started by the app.

Not a command for people: it talks JSON lines on its pipes. It stands here, above `forgetdemo`,
because it hands the making of ONNX files to the package, which never imports this one.
"""

from export.publish import publish
from forgetdemo.live.worker import main

if __name__ == "__main__":
    main(publish)
