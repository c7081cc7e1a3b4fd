"""Methods that give images of the forgotten class other answers, and keep the rest.

Each names the answers; the loss is `losses.follow`: L = CE(retain) + weight · CE(forget, answer).
Adam under OneCycle on balanced draws instead of the published SGD; dense layers only by default, so
that convolution features are computed once. Convolutions take part where `layers` names them.
"""

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F

from forgetdemo.methods import losses
from forgetdemo.methods.loop import Result, Task, run_loop
from forgetdemo.methods.retained import OTHER_SEEDS, another
from forgetdemo.network.batches import EVAL_BATCH, as_pixels
from forgetdemo.network.model import clone
from forgetdemo.settings.constants import NUM_CLASSES


def taught(task: Task, teacher: Tensor) -> Result:
    """Run the loop with another teacher, logits (N, 10) in the order of the pool."""
    return run_loop(replace(task, teacher=teacher), losses.follow, clone(task.original))


def certain(labels: Tensor) -> Tensor:
    """Logits (N, 10) whose softmax is exactly the label: 0 there, -inf elsewhere."""
    return torch.where(F.one_hot(labels, NUM_CLASSES).bool(), 0.0, -torch.inf)


def random_answers(task: Task) -> Tensor:
    """Labels (N,) of the pool; those of the forget class drawn once from the nine others."""
    labels = torch.from_numpy(task.pool.labels).clone()
    generator = torch.Generator().manual_seed(task.config.seed + OTHER_SEEDS)
    shift = torch.randint(1, NUM_CLASSES, (len(task.split.forget),), generator=generator)
    forget = torch.from_numpy(task.split.forget)
    labels[forget] = (labels[forget] + shift) % NUM_CLASSES
    return labels


def random_label(task: Task) -> Result:
    """Relabel the class at random (Graves et al., "Amnesiac"; SSD's repository).

    L = CE(retain) + weight_redirect · CE(forget, y'), y' uniform over the nine other classes.
    Published: Adam 1e-4, 3 epochs, batch 128. One draw per image, never the true class: in some
    field code it can be. Tends to spread the class more evenly than an oracle does.
    """
    return taught(task, certain(random_answers(task)))


def salun(task: Task) -> Result:
    """SalUn (Fan et al., 2310.12508): random labels under a gradient-saliency mask of 50 %.

    L = CE(forget, y') + α · CE(retain). Published: SGD 0.013, momentum 0.9, weight decay 5e-4, 10
    epochs, α = 1, mask global. Weight decay is 0 and the freeze is hard: in the published code
    decay and momentum moved frozen weights. The mask is ranked by |Σ ∂CE/∂θ| over the class.
    """
    return taught(task, certain(random_answers(task)))


def boundary_answers(task: Task) -> Tensor:
    """Labels (N,) of the pool; each image of the forget class gets its nearest other class.

    The original's second choice after one step x' = clip(x + ε · sign ∂CE(x, f)/∂x, 0, 1).
    """
    labels = torch.from_numpy(task.pool.labels).clone()
    model, digit = clone(task.original), task.config.forget_class
    for part in torch.from_numpy(task.split.forget).split(EVAL_BATCH):
        pixels = as_pixels(task.pool, part).requires_grad_()
        loss = F.cross_entropy(model(pixels), labels[part], reduction="sum")
        (gradient,) = torch.autograd.grad(loss, [pixels])
        with torch.no_grad():
            moved = (pixels + (task.config.strength or 0.0) * gradient.sign()).clamp(0, 1)
            logits = model(moved)
            logits[:, digit] = -torch.inf  # one step may not leave the class
            labels[part] = logits.argmax(1)
    return labels


def boundary_shrink(task: Task) -> Result:
    """Boundary Shrink (Chen et al. 2023): each image goes to its nearest other class.

    L = CE(forget, y_near), no retained images. `strength` is ε in pixels. Published: ε = 0.1, SGD
    1e-5, momentum 0.9, 10 epochs; that rate is far too small here. Where the step does not leave
    the class, published code trains on the class itself; we never do.
    """
    return taught(task, certain(boundary_answers(task)))


def bad_teacher(task: Task) -> Result:
    """Bad Teacher (Chundawat et al., 2205.08096): answer like an untrained network on the class.

    L = KL(p_random ‖ p) on the class, KL(p_original ‖ p) on the rest; weights per group, each a
    mean. Published: Adam 1e-4, 1 epoch, batch 256, 30 % of the rest, temperature 1; there KL is
    averaged over classes too, ten times smaller here. Ends with answers emptier than an oracle's.
    """
    random = another(task)
    teacher = task.teacher.clone()
    with torch.no_grad():
        for part in torch.from_numpy(task.split.forget).split(EVAL_BATCH):
            teacher[part] = random(as_pixels(task.pool, part))
    return taught(task, teacher)
