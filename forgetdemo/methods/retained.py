"""Methods that see retained images only: what is left of the class fades, or was never there.

All but `retrain` follow Adam under OneCycle instead of the published SGD with momentum, on balanced
draws, and leave the convolutions as they are: their features are computed once.
"""

import time
from dataclasses import replace

import torch

from forgetdemo.methods import losses
from forgetdemo.methods.loop import Result, Task, monitor, run_loop
from forgetdemo.network.model import MnistCNN, clone, new_model
from forgetdemo.network.train import Record, fit

OTHER_SEEDS = 1_000_003  # added to the run's seed wherever weights are new: never the original's


def another(task: Task) -> MnistCNN:
    """An untrained model of the original's architecture, from a seed of the run's own."""
    return new_model(task.config.seed + OTHER_SEEDS, task.original.architecture)


def fresh_layers(task: Task) -> MnistCNN:
    """A copy of the original whose weights inside the mask are newly initialised."""
    model, fresh = clone(task.original), another(task)
    with torch.no_grad():
        for (name, weight), new in zip(model.named_parameters(), fresh.parameters(), strict=True):
            weight.copy_(torch.where(task.mask[name], new, weight))
    return model


def retrain(task: Task) -> Result:
    """The oracle: new weights, the original's own recipe, every training image but the class's.

    L = CE(retain), as the original was trained; exact unlearning, no source to deviate from.
    One seed is one sample of what forgetting means; compare with several. `epochs` 0: as many as
    the original had. Costs 0.9 of the original's training; nothing is taken from its weights.
    """
    config = replace(
        task.training,
        seed=task.config.seed + OTHER_SEEDS,
        epochs=task.config.epochs or task.training.epochs,
        exclude_class=task.config.forget_class,
        oversample_class=None,
        oversample_factor=1,
        threads=task.config.threads,
    )
    model, history, watching = another(task), [], 0.0

    def watch(step: int, loss: float | None) -> None:
        """Append one point of the curves and hand it on; its time is not the method's."""
        nonlocal watching
        begin = time.perf_counter()
        record: Record = {"step": step, "of": config.epochs, **monitor(task, model)}
        if loss is not None:
            record |= {"loss": loss, "loss_retain": loss}
        history.append(record)
        task.progress(record)
        watching += time.perf_counter() - begin

    watch(0, None)
    watching = 0.0  # outside the clock of `fit`
    trained = fit(model, task.images, config, lambda record: watch(record["epoch"], record["loss"]))
    history[-1] |= monitor(task, trained.model)  # averaged weights, where the recipe averages
    return Result(trained.model, history, trained.image_visits, trained.seconds - watching)


def finetune(task: Task) -> Result:
    """Keep training on retained images and hope the class fades.

    L = CE(retain). Published: SGD 0.01, 10 epochs (SCRUB's notebook); 0.02, 5 epochs (SSD), all
    layers; here the dense ones, since all layers cost thirty times as much for a similar result. A
    baseline: it often forgets nothing.
    """
    return run_loop(task, losses.retained, clone(task.original))


def cf_k(task: Task) -> Result:
    """Fine-tune the last k layers on retained images (Goel et al., 2201.06640).

    `layers` names them, by default the last two: k = 2 (k = 3 is `finetune` here). Published: lr
    0.01, 10 epochs. What the frozen layers know stays.
    """
    return run_loop(task, losses.retained, clone(task.original))


def eu_k(task: Task) -> Result:
    """Train the last k layers anew on retained images (Goel et al., 2201.06640).

    `layers` names them; their old weights are thrown away. Published: lr 0.01, the original's
    whole schedule. "Exact" for those layers only: the frozen ones have seen the class.
    """
    return run_loop(task, losses.retained, fresh_layers(task))


def deep_natural(task: Task) -> Result:
    """This project's own: a new head that learns from the original with its logit masked.

    All dense layers (95.6 % of the weights) are newly initialised, as in `eu_k`, so nothing they
    knew of the class survives; they never see an image of it. Instead of labels they learn the
    original's probabilities without the class (`losses.natural`), whose shades carry the retained
    accuracy over that labels alone lose. L = T² · KL(p0 without f ‖ p) on retained images.
    Not touched: the convolutions, which have seen the class.
    """
    return run_loop(task, losses.natural, fresh_layers(task))
