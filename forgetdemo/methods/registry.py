"""The registry of methods. Adding one: a loss (or a function of a `Task`) and a line here."""

from forgetdemo.methods import ascent, edits, fisher, losses, relabel, retained, unsir
from forgetdemo.methods.loop import Method, descend

METHODS: dict[str, Method] = {  # keys are METHOD_NAMES, which page and command line read torch-free
    "described": descend(losses.described),
    "as_coded": descend(losses.as_coded),
    "natural_target": descend(losses.natural),
    "retrain": retained.retrain,
    "logit_mask": edits.logit_mask,
    "zeroed_row": edits.zeroed_row,
    "finetune": retained.finetune,
    "neggrad_plus": ascent.neggrad_plus,
    "random_label": relabel.random_label,
    "salun": relabel.salun,
    "ssd": edits.ssd,
    "fisher": fisher.fisher,
    "ewc_redirect": fisher.ewc_redirect,
    "scrub": ascent.scrub,
    "bad_teacher": relabel.bad_teacher,
    "boundary_shrink": relabel.boundary_shrink,
    "unsir": unsir.unsir,
    "eu_k": retained.eu_k,
    "cf_k": retained.cf_k,
    "deep_natural": retained.deep_natural,
}
