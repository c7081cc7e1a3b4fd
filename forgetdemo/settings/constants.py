"""Names and numbers that everything shares: sizes, folders, classes, choices."""

from pathlib import Path

NUM_CLASSES = 10  # checks.py knows that classes are digits 0..9
IMAGE_SIZE = 28  # pixels, both sides
MNIST_MEAN = 0.1307  # of pixels in [0, 1]; applied inside the model and nowhere else
MNIST_STD = 0.3081
PREPROCESS_VERSION = 1  # raise when the same drawing would give other pixels

PACKAGE = Path(__file__).resolve().parent.parent
# A checkout has assets/, web/ and docs/ beside the package; a wheel puts them inside it.
INSTALLED = (PACKAGE / "assets").is_dir()
ROOT = PACKAGE if INSTALLED else PACKAGE.parent  # only read; what commands write goes to ./
INSTALL = {  # extra → the command that gets its packages
    extra: f"pip install 'forgetdemo[{extra}]'" if INSTALLED else f"pip install -r {file}"
    for extra, file in (("train", "requirements.txt"), ("cluster", "requirements-dev.txt"))
}
ASSETS = ROOT / "assets"
MODELS_DIR = ASSETS / "models"

DIGITS = tuple("0123456789")
CLASS_NAMES: dict[str, tuple[str, ...]] = {
    "mnist": DIGITS,
    "fashion_mnist": (
        "T-shirt",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    "kmnist": (
        "お o",
        "き ki",
        "す su",
        "つ tsu",
        "な na",
        "は ha",
        "ま ma",
        "や ya",
        "れ re",
        "を wo",
    ),
}
DATASETS = tuple(CLASS_NAMES)


SCORES = ("relevance", "gradient", "ratio", "grad_weight", "random", "all", "output")
SCOPES = ("global", "per_layer")
RECIPES = ("robust", "paper", "as_coded")
ENGINES = ("torch", "onnx")  # of the command unlearn


RUNS = Path("runs")
