"""Make sure that a Chromium is there for the browser tests, or say in one line why not."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """Path of a Chromium: $CHROMIUM, an installed one, or Playwright's own."""
    named = [os.environ.get("CHROMIUM"), *(shutil.which(name) for name in NAMES)]
    for path in named:
        if path and os.access(path, os.X_OK):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if os.access(path, os.X_OK) else None


def attempts() -> list[list[list[str]]]:
    """Ways to install one, each a list of commands, in the order to try."""
    ways = []
    if shutil.which("apt-get") and os.geteuid() == 0:
        ways.append([["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", "chromium"]])
    ways.append([[sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"]])
    return ways


def main() -> int:
    """Find a browser or install one; 0 when there is one."""
    for way in [[], *attempts()]:
        for command in way:
            environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
            if subprocess.run(command, stdout=sys.stderr, env=environment).returncode:
                break
        if path := find():
            print(f"browser tests use {path}")
            return 0
    print("no Chromium found and none could be installed; set CHROMIUM=/path", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
