"""Every method's name, own dial and settings tuned for this network on the validation split.

Torch-free: the page and the command line read it. What the settings cost and found, beside every
rejected choice: docs/tuning.json, made by `python -m forgetdemo tune`; `described` and
`natural_target` were set by hand. Published settings, which are for networks of another size, stand
in each method's docstring.
"""

from typing import Any

from forgetdemo.settings.architecture import NETWORK

# A method's own dial: what `strength` means to it, and its smallest and largest value.
DIALS: dict[str, tuple[str, float, float]] = {
    "neggrad_plus": ("weight of the ascent on the forget class", 0.0, 100.0),
    "ssd": ("α: dampen where I_forget > α · I_all", 0.0, 1e6),
    "fisher": ("a: scale of the noise's variance", 0.0, 1.0),
    "ewc_redirect": ("λ: pull back to the original's weights", 0.0, 1e12),
    "scrub": ("share of the run in which rounds begin by moving away", 0.0, 0.99),
    "boundary_shrink": ("ε: step towards the boundary, in pixels of [0, 1]", 0.0, 1.0),
    "unsir": ("steps that learn the noise", 1, 1000),
}

WHOLE: dict[str, Any] = dict(score="all", mask_fraction=1.0)  # all weights of `layers`
ONE_OUTPUT: dict[str, Any] = dict(  # the forgotten class's row of the last layer, and its bias
    score="output",
    layers=(NETWORK.last.name,),
    mask_fraction=NETWORK.weights_per_output / NETWORK.weights,
)
RETAINED_ONLY: dict[str, Any] = dict(redirect_to=None, batch_forget=0, batch_retain=256)

METHOD_DEFAULTS: dict[str, dict[str, Any]] = {
    "described": {},
    "as_coded": dict(
        score="all",
        layers=("conv1", "conv2", "fc3"),  # as published, for this very network
        mask_fraction=1.0,
        epochs=3,
        peak_lr=1e-3,
        one_cycle=False,
        oversample_factor=10,
        pool_per_class=100_000,
    ),
    "natural_target": dict(redirect_to=None),
    "retrain": WHOLE | dict(redirect_to=None, layers=NETWORK.names, pool_per_class=1),
    "logit_mask": ONE_OUTPUT | dict(redirect_to=None),
    "zeroed_row": ONE_OUTPUT | dict(redirect_to=None),
    "finetune": WHOLE | RETAINED_ONLY | dict(peak_lr=6e-3),
    "neggrad_plus": WHOLE | dict(redirect_to=None, strength=0.02, peak_lr=3e-4, steps=125),
    "random_label": WHOLE | dict(redirect_to=None, weight_redirect=0.02, peak_lr=1e-3),
    "salun": dict(
        redirect_to=None, score="gradient", mask_fraction=0.5, weight_redirect=0.02, peak_lr=1e-3
    ),
    "ssd": WHOLE | dict(redirect_to=None, strength=6.0, damping=0.0, batch_retain=64),
    "fisher": WHOLE | dict(redirect_to=None, strength=3e-7),
    "ewc_redirect": WHOLE | dict(strength=3e4, batch_retain=0, weight_retain=0.0, peak_lr=3e-4),
    "scrub": WHOLE | dict(redirect_to=None, strength=0.3, temperature=2.0, peak_lr=2e-3),
    "bad_teacher": WHOLE | dict(redirect_to=None, weight_redirect=1.0, peak_lr=3e-3),
    "boundary_shrink": WHOLE
    | dict(redirect_to=None, strength=0.1, batch_retain=0, weight_retain=0.0, peak_lr=2e-4),
    "unsir": WHOLE
    | dict(redirect_to=None, strength=25, weight_redirect=1.0, peak_lr=1e-2, pool_per_class=1000),
    "eu_k": WHOLE | RETAINED_ONLY | dict(peak_lr=2e-3, steps=800),
    "cf_k": WHOLE | RETAINED_ONLY | dict(layers=NETWORK.names[-2:], peak_lr=1e-2),  # k = 2
    "deep_natural": WHOLE | RETAINED_ONLY | dict(temperature=3.0, steps=1600),
}
METHOD_NAMES = tuple(METHOD_DEFAULTS)
