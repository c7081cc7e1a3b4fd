"""What is traced: torch's own losses, gradients and Adam on the dense layers alone.

The convolutions are frozen, and of the first dense layer only some columns may change, so most of
a step's arithmetic is the same at every step. With F the features (B, 3136) of the original,
`base` = F · W1ᵀ is computed once; a step sees base, the touched columns of F, and

- `delta` (128, C): what was added to the touched columns of W1;
- `rest`: all other dense tensors, one after the other, as `REST` lists them.

In a step's graph class 0 is the one to forget and class 1 its substitute: the caller puts the rows
of the last layer, the labels and the teacher in that order. Each input and output has a name.
"""

import math
from types import SimpleNamespace
from typing import Any, cast

import torch
from torch import Tensor
from torch.func import grad
from torch.nn import functional as F
from torch.optim.adam import adam

from export.steps.trace import Named
from forgetdemo.methods import scores
from forgetdemo.methods.losses import Batch, Loss
from forgetdemo.settings.architecture import NETWORK
from forgetdemo.settings.unlearning import UnlearnConfig

FIRST = f"{NETWORK.dense[0].name}.weight"
DENSE = {
    name: shape
    for name, shape in NETWORK.shapes.items()
    if name.split(".")[0] in NETWORK.dense_names
}
REST = {name: shape for name, shape in DENSE.items() if name != FIRST}
STATE = ("delta", "rest", "delta_mean", "rest_mean", "delta_square", "rest_square")
DIALS = ("weight_retain", "weight_penalty", "weight_redirect", "temperature")
FORGET, SUBSTITUTE = 0, 1  # classes, as a step's graph counts them
ADAM = dict(beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0, amsgrad=False, maximize=False)
ONE_CYCLE = dict(rise=0.3, start=25.0, end=25.0 * 1e4)  # torch's OneCycleLR, by default


class Group:
    """Rows of a batch known when a graph is made: picks them as a bool tensor would, by a slice."""

    def __init__(self, rows: slice, others: slice) -> None:
        self.rows, self.others = rows, others

    def __invert__(self) -> "Group":
        return Group(self.others, self.rows)

    @classmethod
    def __torch_function__(
        cls, function: Any, types: Any, args: tuple[Tensor, "Group"], kwargs: Any = None
    ) -> Tensor:
        """`tensor[group]`, the one thing that losses do with a group."""
        images, group = args
        return images[group.rows]


def logits_of(delta: Tensor, rest: Tensor, base: Tensor, columns: Tensor) -> Tensor:
    """Logits (B, 10) of the changed network; `columns` (B, C) are touched ones of the features."""
    parts = rest.split([math.prod(shape) for shape in REST.values()])
    weights = {n: part.view(REST[n]) for n, part in zip(REST, parts, strict=True)}
    first, *others = NETWORK.dense_names
    x = base + F.linear(columns, delta, weights[f"{first}.bias"])
    for name in others:
        x = F.linear(F.relu(x), weights[f"{name}.weight"], weights[f"{name}.bias"])
    return x


def base(given: Named) -> Named:
    """features (B, 3136), first (128, 3136) → base (B, 128)."""
    return {"base": F.linear(given["features"], given["first"])}


def answers(given: Named) -> Named:
    """Evaluation: base, columns, delta, rest → logits."""
    return {"logits": logits_of(given["delta"], given["rest"], given["base"], given["columns"])}


def step_of(loss: Loss, batch_forget: int, redirects: bool) -> Any:
    """One step of the loop of `methods.loop` under a mask: loss, gradient, Adam, hard freeze.

    The loss, from logits to their gradient, is computed in float64: on a confident image 1 - p is
    below float32's grain, and Adam follows a gradient of rounding errors as far as any other, so
    that two runtimes would part.

    Args:
        loss: of `methods.losses`, as torch follows it.
        batch_forget: so many images at the head of a batch are of the class to forget.
        redirects: whether the settings name a substitute.
    Returns:
        A function to trace: a batch, settings, `lr`, `step` (how many were done), the state and
        its mask (1: may change) → the loss's terms, and the state after the step.
    """

    def step(given: Named) -> Named:
        settings = SimpleNamespace(
            **{name: given[name] for name in DIALS},
            forget_class=FORGET,
            redirect_to=SUBSTITUTE if redirects else None,
        )
        is_forget = Group(slice(None, batch_forget), slice(batch_forget, None))
        named: list[str] = []

        def total(weights: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
            logits = logits_of(*weights, given["base"], given["columns"])
            labels = given["labels"].long()
            exact = logits.double(), given["teacher"].double()
            batch = Batch(*exact, labels, cast(Tensor, is_forget))
            terms = loss(batch, cast(UnlearnConfig, settings))
            named[:] = terms
            values = torch.stack(list(terms.values()))
            return values.sum(), values

        before = given["delta"], given["rest"]
        masks = given["delta_mask"], given["rest_mask"]
        gradients, terms = grad(total, has_aux=True)(before)
        after, means, squares = (
            [given[f"{part}{kind}"].clone() for part in ("delta", "rest")]
            for kind in ("", "_mean", "_square")
        )
        adam(
            after,
            [gradient * mask for gradient, mask in zip(gradients, masks, strict=True)],
            means,
            squares,
            max_exp_avg_sqs=[],
            state_steps=[given["step"].clone() for _ in after],
            lr=given["lr"],
            foreach=False,
            differentiable=True,  # the plain formula, whose step count is a tensor
            **ADAM,  # type: ignore[arg-type]
        )
        kept = [
            torch.where(mask > 0, new, old)
            for mask, new, old in zip(masks, after, before, strict=True)
        ]
        state = zip(STATE, (*kept, *means, *squares), strict=True)
        return {f"loss_{name}": term.float() for name, term in zip(named, terms, strict=True)} | {
            f"next_{name}": value for name, value in state
        }

    return step


def lesson(given: Named) -> Named:
    """One step of `network.relearn` where the convolutions stay: SGD with momentum, no mask.

    A batch (base, columns, labels), `lr`, `momentum`, `delta`, `rest` and their velocities → the
    loss before the step, and all four after it.
    """
    labels = given["labels"].long()

    def total(weights: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        loss = F.cross_entropy(logits_of(*weights, given["base"], given["columns"]), labels)
        return loss, loss

    found, loss = grad(total, has_aux=True)((given["delta"], given["rest"]))
    after: dict[str, Tensor] = {"loss": loss}
    for name, gradient in zip(("delta", "rest"), found, strict=True):
        velocity = given["momentum"] * given[f"{name}_velocity"] + gradient
        after[f"next_{name}"] = given[name] - given["lr"] * velocity
        after[f"next_{name}_velocity"] = velocity
    return after


def gradients(given: Named) -> Named:
    """One look at images of one class: what every run of this original needs, and a mask's sums.

    features, labels and all dense weights → base, logits, and sums over the images: of the
    cross-entropy's gradient for each weight ("gradient:fc1.weight"), and of each layer's inputs
    ("inputs:fc1").
    """
    features = given["features"]

    def total(weights: dict[str, Tensor]) -> tuple[Tensor, tuple[Tensor, list[Tensor]]]:
        base = F.linear(features, weights[FIRST])
        x = base + weights[f"{NETWORK.dense_names[0]}.bias"]
        inputs = [features]
        for name in NETWORK.dense_names[1:]:
            inputs.append(F.relu(x))
            x = F.linear(inputs[-1], weights[f"{name}.weight"], weights[f"{name}.bias"])
        loss = F.cross_entropy(x, given["labels"].long(), reduction="sum")
        return loss, (torch.cat([base, x], 1), inputs)

    found, (both, inputs) = grad(total, has_aux=True)({name: given[name] for name in DENSE})
    base, logits = both.split([NETWORK.dense[0].outputs, NETWORK.last.outputs], 1)
    sums = zip(NETWORK.dense_names, inputs, strict=True)
    return (
        {"base": base, "logits": logits}
        | {f"gradient:{name}": value for name, value in found.items()}
        | {f"inputs:{layer}": value.sum(0) for layer, value in sums}
    )


def relevance(given: Named) -> Named:
    """Scores of `methods.scores.score_relevance` from the sums of `gradients` of both groups."""

    def of(group: str) -> scores.Scores:
        count = given[f"{group}:count"]
        grads = {name: given[f"{group}:gradient:{name}"] / count for name in DENSE}
        acts = {f"{n}.weight": given[f"{group}:inputs:{n}"] / count for n in NETWORK.dense_names}
        ones = {f"{name}.bias": torch.ones(()) for name in NETWORK.dense_names}
        return scores.relevance(grads, acts | ones)

    found = scores.excess(of("forget"), of("retain"))
    return {f"score:{name}": value for name, value in found.items()}


def schedule(given: Named) -> Named:
    """Learning rates of OneCycle: `place` (N,), 0 … N-1, and `peak` → `lr` (N,).

    Up from peak / 25 over three tenths of the run, then down to peak / 250,000, by half cosines;
    torch's `OneCycleLR`, which a test compares.
    """
    place, peak = given["place"], given["peak"]
    steps = given["steps"]
    top = ONE_CYCLE["rise"] * steps - 1
    low, last = peak / ONE_CYCLE["start"], peak / ONE_CYCLE["end"]

    def between(start: Tensor, end: Tensor, share: Tensor) -> Tensor:
        return end + (start - end) / 2 * (1 + torch.cos(math.pi * share))

    up, down = (
        between(low, peak, place / top),
        between(peak, last, (place - top) / (steps - 1 - top)),
    )
    return {"lr": torch.where(place <= top, up, down)}
