"""`python -m benchmarks.dependencies licences|advisories`: what requirements.lock brings with it.

`licences` writes docs/LICENCES.md from the installed packages' metadata. `advisories` asks the
public database of known vulnerabilities about every locked version, and says so if it cannot be
asked: a package about which nothing was learnt never counts as sound.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from benchmarks.reference import table
from forgetdemo.files.writing import write_atomic
from forgetdemo.settings.constants import ROOT

LOCK = ROOT / "requirements.lock"
PAGE = ROOT / "docs" / "LICENCES.md"
AUDITOR = "pip-audit==2.10.1"
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^ ]+)(?: ; (.+?))? \\$", re.MULTILINE)
SHORT = {
    "BSD License": "BSD",
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "Python Software Foundation License": "PSF",
}

HEAD = """# Licences

forgetdemo itself is under the [MIT licence](../LICENSE). What `requirements.lock` installs beside
it, as the packages' own metadata have it; written by `make licences`, which is
`python -m benchmarks.dependencies licences`. The parts of CUDA come with torch on Linux; torch's
CPU wheels, which the Space and the container use, bring none of them.

"""


def locked(text: str) -> list[tuple[str, str, str]]:
    """Name, version and marker ("" everywhere) of what a lock file holds, in its order.

    Raises:
        ValueError: it holds nothing.
    """
    pins = [(name, version, marker) for name, version, marker in PIN.findall(text)]
    if not pins:
        raise ValueError("the lock file holds no package: make it with `make lock`")
    return pins


def licence(name: str) -> str:
    """What a package says about its licence; "" if it is not installed here, or says nothing."""
    try:
        said = metadata(name)
    except PackageNotFoundError:
        return ""
    if "License-Expression" in said:
        return said["License-Expression"]
    classes = [
        kind.rpartition(" :: ")[2]
        for kind in said.get_all("Classifier") or []
        if kind.startswith("License :: ") and kind != "License :: OSI Approved"
    ]
    if classes:
        return ", ".join(SHORT.get(kind, kind) for kind in classes)
    stated = said["License"] if "License" in said else ""
    return stated.strip().partition("\n")[0]


def licences(lock: str) -> str:
    """docs/LICENCES.md for a lock file."""
    rows = (
        (name, version, licence(name).replace("|", "\\|") or "not stated here", marker or "always")
        for name, version, marker in locked(lock)
    )
    return HEAD + "\n".join(table(("package", "version", "licence", "installed"), rows)) + "\n"


def verdict(report: str, pins: int) -> tuple[int, str]:
    """What an audit's JSON says.

    Args:
        report: of pip-audit, which leaves out what other systems install; anything else means
            that it did not get as far as that.
        pins: how many packages are locked.
    Returns:
        Exit code (0 sound, 1 vulnerable, 2 not known) and a sentence.
    """
    try:
        entries = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        entries = []
    answered = [entry for entry in entries if "vulns" in entry]
    found = [
        f"{entry['name']} {entry['version']}: {vuln['id']}"
        + (f", fixed in {', '.join(vuln['fix_versions'])}" if vuln.get("fix_versions") else "")
        for entry in answered
        for vuln in entry["vulns"]
    ]
    if found:
        return 1, "known vulnerabilities:\n" + "\n".join(found)
    asked = len(entries) or pins
    if len(answered) < asked:
        return 2, (
            f"the database of advisories answered for {len(answered)} of {asked} packages; about "
            "the others nothing is known: see whether the network is there, and try again"
        )
    return 0, f"no known vulnerability in {asked} packages"


def advisories(lock: Path) -> tuple[int, str]:
    """Ask about every locked package. Needs the network."""
    runner = shutil.which("uvx", path=str(Path(sys.executable).parent)) or "uvx"
    # What pip-audit prints besides is a traceback where the database cannot be reached.
    done = subprocess.run(
        [runner, "--quiet", AUDITOR, "--requirement", str(lock), "--require-hashes"]
        + ["--disable-pip", "--progress-spinner", "off", "--format", "json"],
        capture_output=True,
        text=True,
        timeout=900,
    )
    return verdict(done.stdout, len({name for name, _, _ in locked(lock.read_text("utf-8"))}))


def main() -> int:
    """Write the page, or say what is known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("licences", "advisories"))
    if parser.parse_args().what == "licences":
        write_atomic(PAGE, licences(LOCK.read_text("utf-8")).encode())
        return 0
    code, sentence = advisories(LOCK)
    print(sentence)
    return code


if __name__ == "__main__":
    sys.exit(main())
