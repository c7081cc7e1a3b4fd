"""UNSIR: forget a class without its images, through noise that the original finds hardest."""

import time
from dataclasses import replace

import numpy as np
import torch
from torch.nn import functional as F

from forgetdemo.data import Images, split_by_class
from forgetdemo.methods import losses
from forgetdemo.methods.loop import Result, Task, run_loop
from forgetdemo.methods.retained import OTHER_SEEDS
from forgetdemo.network.model import MnistCNN, clone

NOISE_IMAGES = 64
NOISE_RATE = 0.1  # of Adam, as published
NOISE_DECAY = (
    0.1  # weight of the squared noise, a mean over pixels; published: a sum, which blackens
)
REPAIR_SHARE = 0.5  # of the steps


def hardest_noise(original: MnistCNN, digit: int, steps: int, seed: int) -> np.ndarray:
    """Pictures that the original finds least like `digit`: (64, 28, 28) uint8.

    N = argmin -CE(original(N), digit) + 0.1 · mean N², by Adam 0.1 from uniform noise.
    """
    model = clone(original)
    generator = torch.Generator().manual_seed(seed)
    noise = torch.rand(NOISE_IMAGES, *model.architecture.image, generator=generator)
    noise.requires_grad_()
    optimizer = torch.optim.Adam([noise], lr=NOISE_RATE)
    labels = torch.full((NOISE_IMAGES,), digit)
    for _ in range(steps):
        hardness = F.cross_entropy(model(noise), labels)
        loss = -hardness + NOISE_DECAY * noise.square().mean()
        (noise.grad,) = torch.autograd.grad(loss, [noise])
        optimizer.step()
        with torch.no_grad():
            noise.clamp_(0, 1)
    return (noise.detach()[:, 0] * 255).round().to(torch.uint8).numpy()


def unsir(task: Task) -> Result:
    """UNSIR (Tarun et al., 2111.08947): learn noise, impair with it, repair on the rest.

    Impair: CE with noise labelled as the class, beside retained images. Repair: retained images
    alone, half as many steps at half the rate. No image of the class is seen. `strength`: steps of
    the noise. Published: 40 steps; impair Adam 0.02, repair 0.01, an epoch each over 1,000 images
    per class; 0.02 destroys this network. The noise is kept a picture: in [0, 1], 256 levels; its
    square is a mean over pixels where the published code sums, which blackens it.
    """
    config = task.config
    started = time.perf_counter()
    noise = hardest_noise(
        task.original, config.forget_class, int(config.strength or 1), config.seed + OTHER_SEEDS
    )
    kept = task.split.retain
    pool = Images(
        np.concatenate([task.pool.pixels[kept], noise]),
        np.concatenate([task.pool.labels[kept], np.full(len(noise), config.forget_class)]),
    )
    with torch.no_grad():
        pictures = torch.from_numpy(noise[:, None].astype(np.float32)) / 255
        features = None
        if task.features is not None:
            features = torch.cat([task.features[kept], task.original.features(pictures)])
        teacher = torch.cat([task.teacher[kept], task.original(pictures)])
    impair = replace(
        task,
        pool=pool,
        split=split_by_class(pool.labels, config.forget_class),
        features=features,
        teacher=teacher,
    )
    seconds = time.perf_counter() - started
    repair = replace(
        impair,
        config=replace(
            config,
            batch_forget=0,
            steps=max(1, round(REPAIR_SHARE * config.steps)),
            peak_lr=config.peak_lr / 2,
        ),
    )
    first = run_loop(impair, losses.labelled, clone(task.original))
    second = run_loop(repair, losses.labelled, first.model)
    whole = first.history[-1]["of"] + second.history[-1]["of"]
    later = [{**r, "step": r["step"] + first.history[-1]["of"]} for r in second.history[1:]]
    return Result(
        second.model,
        [{**record, "of": whole} for record in first.history + later],
        first.image_visits + second.image_visits,
        seconds + first.seconds + second.seconds,
    )
