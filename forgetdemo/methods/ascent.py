"""Methods that push away from what the original says about the class, and may collapse.

Adam under OneCycle on balanced draws; dense layers only by default (convolution features are
computed once), as for `relabel`.
"""

from forgetdemo.methods import losses
from forgetdemo.methods.loop import Result, Task, run_loop
from forgetdemo.network.model import clone


def neggrad_plus(task: Task) -> Result:
    """NegGrad+ (Kurmanji et al., 2302.09880): down on the rest, up on the class.

    L = a · CE(retain) - (1 - a) · CE(forget); `strength` = (1 - a) / a. Published: a = 0.95
    (strength 0.053), SGD 0.01, 10 epochs. -CE has no bound: more steps end in collapse.
    """
    return run_loop(task, losses.ascent, clone(task.original))


def scrub(task: Task) -> Result:
    """SCRUB (Kurmanji et al., 2302.09880): leave the teacher on the class, stay on the rest.

    Away: maximise T² · KL(p0 ‖ p) on the class. Near: γ · CE + α · T² · KL(p0 ‖ p) on the rest.
    Published: α = 0.5, γ = 1, T = 2, away in the first 3 of 10 epochs, Adam 5e-4, weight decay
    0.1. Here ten rounds of the run's steps, weight decay 0 (0.1 dominates), no rewinding.
    """
    return run_loop(task, losses.scrub, clone(task.original))
