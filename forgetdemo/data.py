"""gz files → checked uint8 arrays, whole in memory; batches are cut by index."""

import gzip
import hashlib
import math
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.settings.checks import require_choice
from forgetdemo.settings.constants import ASSETS, CLASS_NAMES, IMAGE_SIZE, NUM_CLASSES

VALIDATION_IMAGES = 5_000
MNIST_SHA256 = {  # of the unpacked files
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
FILES = tuple(MNIST_SHA256)
TORCHVISION_NAMES = {"mnist": "MNIST", "fashion_mnist": "FashionMNIST", "kmnist": "KMNIST"}


@dataclass(frozen=True, eq=False)
class Images:
    """`pixels` (N, 28, 28) uint8, white ink on black; `labels` (N,) int64 in 0..9. Read-only."""

    pixels: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, index: np.ndarray) -> "Images":
        """The images at these positions, in this order."""
        return Images(self.pixels[index], self.labels[index])

    def floats(self) -> np.ndarray:
        """Pixels as every model takes them: (N, 1, 28, 28) float32 in [0, 1]."""
        return (self.pixels[:, None] / np.float32(255)).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A train and a test set with the names of their classes and a hash over all their bytes."""

    name: str
    classes: tuple[str, ...]
    train: Images
    test: Images
    sha256: str


@dataclass(frozen=True, eq=False)
class ForgetSplit:
    """Positions of the forgotten class and of the rest: disjoint, together everything."""

    forget: np.ndarray
    retain: np.ndarray


def split_by_class(labels: np.ndarray, forget_class: int) -> ForgetSplit:
    """Split positions of `labels` (N,) by one class, in ascending order."""
    return ForgetSplit(
        np.flatnonzero(labels == forget_class), np.flatnonzero(labels != forget_class)
    )


def split_validation(images: Images, seed: int = 0) -> tuple[Images, Images]:
    """Cut a stratified validation set of about 5,000 (a twelfth) from training images.

    Everything is tuned on it; the test set is for final figures only.

    Returns:
        (fit, validation): disjoint, together all of `images`; the same seed gives the same cut.
    """
    share = VALIDATION_IMAGES / 60_000
    rng = np.random.default_rng(seed)
    held = [
        rng.permutation(np.flatnonzero(images.labels == digit))[
            : math.ceil(share * np.count_nonzero(images.labels == digit))
        ]
        for digit in range(NUM_CLASSES)
    ]
    chosen = np.sort(np.concatenate(held))
    rest = np.setdiff1d(np.arange(len(images)), chosen)
    return images.take(rest), images.take(chosen)


def parse_idx(data: bytes, name: str) -> np.ndarray:
    """Decode one IDX file of unsigned bytes, as MNIST's four files are.

    Raises:
        CheckpointError: the header or the length is not that of such a file.
    """
    try:
        zero, kind, rank = struct.unpack_from(">HBB", data)
        shape = struct.unpack_from(f">{rank}I", data, 4)
    except struct.error as error:
        raise CheckpointError(f"{name} is damaged (too short)") from error
    start = 4 + 4 * rank
    if zero != 0 or kind != 8 or rank not in (1, 3) or len(data) - start != math.prod(shape):
        raise CheckpointError(f"{name} is damaged (not an IDX file of bytes)")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def read_idx(directory: Path, name: str) -> np.ndarray:
    """Read `name` or `name.gz` from a folder and decode it.

    Raises:
        FileNotFoundError: neither file is there.
        CheckpointError: the file is damaged; for MNIST's own names see `load_dataset`.
    """
    packed = directory / f"{name}.gz"
    try:
        data = gzip.decompress(packed.read_bytes()) if packed.is_file() else None
    except (OSError, EOFError, ValueError) as error:
        raise CheckpointError(f"{packed} is damaged (not a whole gz file)") from error
    if data is None:
        data = (directory / name).read_bytes()
    return parse_idx(data, name)


def checked(pixels: np.ndarray, labels: np.ndarray, where: str) -> Images:
    """Build `Images` after checking shape, type, range and that every class occurs.

    Raises:
        CheckpointError: with what was found.
    """
    size = (IMAGE_SIZE, IMAGE_SIZE)
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[1:] != size:
        raise CheckpointError(f"{where}: images must be N×28×28 bytes, got {pixels.shape}")
    if labels.shape != (len(pixels),):
        raise CheckpointError(f"{where}: {len(pixels)} images but {labels.shape} labels")
    present = set(np.unique(labels).tolist())
    if present != set(range(NUM_CLASSES)):
        raise CheckpointError(f"{where}: labels must be all of 0..9, got {sorted(present)}")
    result = Images(pixels, labels.astype(np.int64))
    result.pixels.setflags(write=False)
    result.labels.setflags(write=False)
    return result


def _folder(name: str, directory: Path | None) -> Path:
    """Where the four files are: the bundled ones, DIR/<Name>/raw (torchvision's) or DIR itself."""
    if directory is None:
        return ASSETS / "mnist"
    if not directory.is_dir():
        raise FileNotFoundError(
            f"{directory} is not a folder; name one that holds the data set {name} as --data"
        )
    for place in (directory / TORCHVISION_NAMES[name] / "raw", directory):
        if all((place / f).is_file() or (place / f"{f}.gz").is_file() for f in FILES):
            return place
    raise FileNotFoundError(
        f"{directory} does not hold the data set {name}; place {', '.join(FILES)} (or .gz) in "
        f"{directory / TORCHVISION_NAMES[name] / 'raw'}"
    )


def _through_torchvision(name: str, directory: Path) -> Path:
    """Let torchvision download a data set that is not there yet, and say where to put it if not."""
    from torchvision import datasets

    place = directory / TORCHVISION_NAMES[name] / "raw"
    try:
        getattr(datasets, TORCHVISION_NAMES[name])(str(directory), download=True)
    except (OSError, RuntimeError) as error:
        raise FileNotFoundError(
            f"{name} is not in {directory} and could not be downloaded ({type(error).__name__}); "
            f"place {', '.join(f'{f}.gz' for f in FILES)} in {place}"
        ) from error
    return place


@lru_cache(maxsize=2)
def load_dataset(
    name: str = "mnist", directory: Path | None = None, download: bool = True
) -> Dataset:
    """Load a data set whole: MNIST from the bundled files unless a folder is given.

    MNIST must have exactly the published content. Other sets are looked for under `directory`
    (default ./data) in torchvision's layout and downloaded by torchvision where they are missing;
    of those, shape, range and classes are checked and the content hash is recorded. Without
    `download` nothing is fetched and torch is not imported: the serving side reads this way.

    Raises:
        ValueError: an unknown name.
        FileNotFoundError: files are missing (and were not downloaded): what to place where.
        CheckpointError: a file is damaged.
    """
    require_choice("dataset", name, tuple(CLASS_NAMES))
    if name == "mnist":
        folder = _folder(name, directory)
    else:
        root = directory or Path("data")
        try:
            folder = _folder(name, root)
        except FileNotFoundError:
            if not download:
                raise
            folder = _through_torchvision(name, root)
    arrays = {file: read_idx(folder, file) for file in FILES}
    digests = {file: hashlib.sha256(array.tobytes()).hexdigest() for file, array in arrays.items()}
    if name == "mnist":
        verify_mnist(arrays, folder)
    train, test = (
        checked(
            arrays[f"{part}-images-idx3-ubyte"], arrays[f"{part}-labels-idx1-ubyte"], str(folder)
        )
        for part in ("train", "t10k")
    )
    together = hashlib.sha256("".join(digests[file] for file in FILES).encode()).hexdigest()
    return Dataset(name, CLASS_NAMES[name], train, test, together)


def verify_mnist(arrays: dict[str, np.ndarray], folder: Path) -> None:
    """Compare the four arrays, header included, with the published SHA-256 sums.

    Raises:
        CheckpointError: naming the first file that differs.
    """
    for file, array in arrays.items():
        header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
        if hashlib.sha256(header + array.tobytes()).hexdigest() != MNIST_SHA256[file]:
            raise CheckpointError(
                f"{folder / file} is not MNIST's (its SHA-256 differs); copy the original again"
            )


POOL_SEED = 20240  # one pool for every run, whatever its pair and seed, so features can be kept


def per_class(images: Images, count: int) -> Images:
    """At most `count` images of each class: a fixed random choice, in ascending position."""
    rng = np.random.default_rng(POOL_SEED)
    chosen = [
        rng.permutation(np.flatnonzero(images.labels == digit))[:count]
        for digit in range(NUM_CLASSES)
    ]
    return images.take(np.sort(np.concatenate(chosen)))
