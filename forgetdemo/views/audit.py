"""An audit as the page shows it, and the commands that make one."""

from dataclasses import asdict
from pathlib import Path
from typing import cast

from forgetdemo.audit.report import AUDIT_FORMAT
from forgetdemo.audit.rows import Row
from forgetdemo.audit.verdict import LEVELS
from forgetdemo.files.checkpoint import CheckpointError
from forgetdemo.files.sealed import read_sealed
from forgetdemo.live.orders import Order
from forgetdemo.predict.inference import Models
from forgetdemo.settings.constants import MODELS_DIR, ROOT
from forgetdemo.settings.records import from_json
from forgetdemo.settings.unlearning import UnlearnConfig, unlearn_config
from forgetdemo.views.records import Audit

AUDIT = "audit.json"  # beside the models that it is about
FLAGS = {  # of `unlearn`, where they differ from a method's own defaults
    "mask_fraction": "--mask-fraction",
    "weight_retain": "--weight-retain",
    "weight_penalty": "--weight-penalty",
    "weight_redirect": "--weight-redirect",
    "seed": "--seed",
}


def shown(place: Path) -> Path:
    """A folder as visitors may read it: as it was typed, of one elsewhere only the name."""
    if not place.is_absolute():
        return place
    return place.relative_to(ROOT) if place.is_relative_to(ROOT) else Path(place.name)


def command_for(models: Models) -> str:
    """How a model folder is audited."""
    place = shown(models.directory)
    return f"python -m forgetdemo audit --run {place} --out {place}"


def read_audit(models: Models) -> Audit:
    """The audit of a model folder, as `forgetdemo audit` wrote it into that folder.

    Raises:
        FileNotFoundError: there is none; says how to make it.
        CheckpointError: it is damaged, or about another model.
    """
    path, command = models.directory / AUDIT, command_for(models)
    if not path.is_file():
        raise FileNotFoundError(f"These models have not been audited yet; run `{command}`")
    try:
        found = read_sealed(path)
    except CheckpointError as error:
        raise CheckpointError(
            f"{AUDIT} is damaged, or of an earlier version; run `{command}`"
        ) from error
    if found.get("format") != AUDIT_FORMAT:
        raise CheckpointError(f"{AUDIT} is no audit of this version; run `{command}`")
    try:
        rows = [Row(**row) for row in found["rows"]]
        verdict, destinations, curves = found["verdict"], found["destinations"], found["curves"]
        whole = (
            rows
            and verdict["level"] in LEVELS
            and isinstance(verdict["sentence"], str)
            and {"run", "control"} <= set(destinations)
            and set(destinations) == set(curves)
            and all(
                len(curve) == len(found["steps"]) for c in curves.values() for curve in c.values()
            )
        )
        audited = found["about"]["run_sha256"]
        about = (found["classes"], found["forget_class"])
    except (TypeError, KeyError, AttributeError) as error:
        raise CheckpointError(f"{AUDIT} is damaged; run `{command}`") from error
    if not whole:
        raise CheckpointError(f"{AUDIT} is damaged; run `{command}`")
    shipped = models.manifest["files"].get("after.safetensors", {}).get("sha256")
    wanted = (list(models.manifest["classes"]), models.manifest["forget_class"])
    if audited != shipped or about != wanted:
        raise CheckpointError(f"{AUDIT} is about another model than these; run `{command}`")
    return cast(Audit, found)


def limits(report: Audit) -> str:
    """What an audit does not show, in one sentence."""
    return (
        "What this does not show: a measure can only fail to tell this model from one that never "
        f"saw the class; {report['about']['oracles']} oracles, one class and the attacks listed "
        "here are not all there is, and nothing here is a privacy or compliance claim."
    )


def commands_for(order: Order, data: Path | None = None) -> tuple[str, str]:
    """The two command lines that make a run again and audit it, oracles of its class included.

    Args:
        order: the run's.
        data: folder of the data set that the page was started with.
    """
    config = from_json(UnlearnConfig, dict(order.config))
    target = "none" if config.redirect_to is None else str(config.redirect_to)
    defaults, asked = asdict(unlearn_config(config.method)), asdict(config)
    place = f"runs/{config.forget_class}-{target}-{config.method}"
    files = [] if data is None else [f"--data {shown(data)}"]
    source = [] if order.original == MODELS_DIR else [f"--original {shown(order.original)}"]
    words = [
        f"python -m forgetdemo unlearn --method {config.method}",
        f"--forget {config.forget_class} --replace {target}",
        *(
            f"{flag} {asked[name]:g}"
            for name, flag in FLAGS.items()
            if asked[name] != defaults[name]
        ),
        *source,
        *files,
        f"--out {place}",
    ]
    return " ".join(words), " ".join([f"python -m forgetdemo audit --run {place}", *files])
