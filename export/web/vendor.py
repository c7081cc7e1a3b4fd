"""Pinned npm packages for the static page: fetched once, compared with their hash, then read."""

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from forgetdemo.files.writing import make_folder, write_atomic
from forgetdemo.settings.constants import INSTALLED, ROOT

CACHE = (Path.cwd() if INSTALLED else ROOT) / "build-cache"
SECONDS = 300  # for one download


@dataclass(frozen=True)
class Package:
    """One npm package. `integrity` is the registry's: SHA-512 of the archive, base64."""

    name: str
    version: str
    integrity: str

    @property
    def archive(self) -> str:
        """The file name that `npm pack` gives it."""
        return f"{self.name}-{self.version}.tgz"


ONNXRUNTIME = Package(
    "onnxruntime-web",
    "1.30.0",
    "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ==",
)
FZSTD = Package(
    "fzstd",
    "0.1.1",
    "dkuVSOKKwh3eas5VkJy1AW1vFpet8TA/fGmVA5krThl8YcOVE/8ZIoEA1+U1vEn5ckxxhLirSdY837azmbaNHA==",
)


def read_package(package: Package, members: Sequence[str], cache: Path = CACHE) -> dict[str, bytes]:
    """Files of a package; nothing is taken from an archive whose hash is another.

    Args:
        package: what to read.
        members: paths inside it, such as "dist/ort.wasm.min.mjs".
        cache: folder that keeps the archive for next time.
    Returns:
        Content by member.
    Raises:
        FileNotFoundError: npm is missing or the registry out of reach, and the archive not there.
        ValueError: the archive is another one than pinned here, or lacks a member.
    """
    path = cache / package.archive
    if not path.is_file():
        download(package, cache)
    data = path.read_bytes()
    found = base64.b64encode(hashlib.sha512(data).digest()).decode()
    if found != package.integrity:
        raise ValueError(
            f"{path} is not {package.name} {package.version} as pinned (its SHA-512 differs); "
            "delete it and try again"
        )
    result = {}
    with tarfile.open(fileobj=BytesIO(data)) as archive:
        for member in archive:  # one pass: seeking back would decompress anew
            name = member.name.removeprefix("package/")
            file = archive.extractfile(member) if name in members else None
            if file:
                result[name] = file.read()
    missing = sorted(set(members) - set(result))
    if missing:
        raise ValueError(f"{package.archive} lacks {missing[0]}; was its version changed?")
    return result


def download(package: Package, cache: Path) -> None:
    """Let npm fetch an archive into the cache; it is verified by whoever reads it.

    Raises:
        FileNotFoundError: there is no npm, or it could not fetch the package.
    """
    by_hand = f"or put {package.archive} into {cache} by hand"
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError(
            f"npm not found, which fetches {package.name}: install it, {by_hand}"
        )
    make_cache(cache)
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", f"{package.name}@{package.version}", "--silent"]
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=SECONDS)
            data = (Path(folder) / package.archive).read_bytes()
        except (subprocess.SubprocessError, OSError) as error:
            raise FileNotFoundError(
                f"npm could not fetch {package.name} {package.version}: go online once, {by_hand}"
            ) from error
    write_atomic(cache / package.archive, data)


def make_cache(cache: Path) -> None:
    """Make the cache folder, which tells git to leave it alone."""
    make_folder(cache)
    ignore = cache / ".gitignore"
    if not ignore.exists():
        write_atomic(ignore, b"*\n")
