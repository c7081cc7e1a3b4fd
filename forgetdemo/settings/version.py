"""The version: of the wheel, of CHANGELOG.md's newest entry, and what `--version` prints."""

VERSION = "0.2.0"
