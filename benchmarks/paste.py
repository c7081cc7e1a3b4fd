"""`python -m benchmarks.paste`: test digits pasted onto the pad, through the real preprocessing.

Each of the 10,000 test images is blown up to 90 to 240 pixels, put anywhere on the 280×280 pad,
sent as the pad sends it (PNG data URL), decoded, centred and answered by the shipped original.
"""

import argparse

import numpy as np

from forgetdemo.data import Images, load_dataset
from forgetdemo.predict.inference import OnnxClassifier, load_models
from forgetdemo.predict.preprocess import PAD_SIZE, decode_png, png_url, preprocess, resize
from forgetdemo.settings.checks import require_count
from forgetdemo.settings.constants import MODELS_DIR


def accuracy(classifier: OnnxClassifier, images: Images, count: int, seed: int = 0) -> float:
    """Share answered right among the first `count` images, pasted at random; 0..1.

    Raises:
        ValueError: `count` is not in 1..N of `images`.
    """
    require_count("count", count, 1, len(images))
    rng = np.random.default_rng(seed)
    right = 0
    for pixels, label in zip(images.pixels[:count], images.labels[:count], strict=True):
        size = int(rng.integers(90, 241))
        y, x = rng.integers(0, PAD_SIZE - size + 1, 2)
        canvas = np.zeros((PAD_SIZE, PAD_SIZE), np.uint8)
        canvas[y : y + size, x : x + size] = resize(pixels, size, size)
        drawing = preprocess(decode_png(png_url(canvas)))
        right += int(classifier(drawing.floats())[1].argmax() == label)
    return right / count


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000)
    flags = parser.parse_args()
    classifier, test = load_models(MODELS_DIR).classifiers["before"], load_dataset("mnist").test
    try:
        share = accuracy(classifier, test, flags.count)
    except ValueError as error:
        parser.error(str(error))
    print(f"{flags.count:,} test digits pasted onto the pad: {100 * share:.2f} % answered right")


if __name__ == "__main__":
    main()
