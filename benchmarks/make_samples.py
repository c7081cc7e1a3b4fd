"""`python -m benchmarks.make_samples`: choose the digits of the page's sample row.

Clear cases, not a random sample: among the first 3,000 test images, those whose label the shipped
original gives at least 99.9 %, sixes only where the shipped After gives 3 more than 90 %. Five
sixes, of different looks, and two of each other class. Writes assets/samples.json.
"""

import numpy as np

from forgetdemo.data import load_dataset
from forgetdemo.files.checkpoint import write_json
from forgetdemo.predict.inference import load_models
from forgetdemo.settings.constants import ASSETS, MODELS_DIR, NUM_CLASSES

SIXES, OTHERS, SURE = 5, 2, 0.999


def main() -> None:
    """Choose and write: a six first, since it is on the pad when the page opens."""
    models = load_models(MODELS_DIR)
    test = load_dataset("mnist").test
    probabilities, _ = models.classifiers["before"](test.floats()[:3000])
    sent, _ = models.classifiers["after"](test.floats()[:3000])
    chosen: list[int] = []
    for digit in (6, *(d for d in range(NUM_CLASSES) if d != 6)):
        sure = np.flatnonzero((test.labels[:3000] == digit) & (probabilities[:, digit] > SURE))
        if digit == 6:
            sure = sure[sent[sure, 3] > 0.9]
        count = SIXES if digit == 6 else OTHERS
        chosen += sure[np.linspace(0, len(sure) - 1, count + 2).astype(int)[1:-1]].tolist()
    samples = [
        {"label": int(test.labels[i]), "index": i, "pixels": test.pixels[i].ravel().tolist()}
        for i in chosen
    ]
    write_json(ASSETS / "samples.json", samples)
    print(f"wrote {len(samples)} samples: {''.join(str(s['label']) for s in samples)}")


if __name__ == "__main__":
    main()
