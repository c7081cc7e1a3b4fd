"""A model card: metadata in the Hub's own format, and words for people, from reports alone."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from export.credits import CODE, Source, source_of
from export.front_matter import read_front_matter
from export.push import HUB, silence
from forgetdemo.audit.rows import as_text
from forgetdemo.predict.inference import Models, load_models
from forgetdemo.settings.constants import ROOT
from forgetdemo.settings.text import percent
from forgetdemo.views.audit import limits, read_audit
from forgetdemo.views.records import Audit, AuditRow
from forgetdemo.views.report import honest_words

TASK = "image-classification"
ACCURACY, AUC = "accuracy", "roc_auc"  # the Hub's ids of metrics
COUNTED = (  # of report.json: a field, and what it is a share of
    ("acc_overall", "all test images"),
    ("acc_retain", "the other classes"),
    ("acc_forget", "class {name}"),
)
AUDITED = (  # of audit.json: a row, and its metric's id
    *(("area_50", ACCURACY), ("mia_auc", AUC)),
    *(("proto_half_forget", ACCURACY), ("js_forget", "jensen-shannon divergence")),
)
SHOWN = (  # rows of the card's table
    *("acc_forget", "acc_retain", "redirect_rate", "js_forget", "mia_auc"),
    *("proto_half_forget", "area_50", "t90_50"),
)
PROGRAM = """\
import numpy as np, onnxruntime as ort
six = np.pad(np.float32([[1, 0, 0], [1, 0, 0], [1, 1, 1], [1, 0, 1], [1, 1, 1]]).repeat(4, 0).repeat(4, 1), ((4, 4), (8, 8)))
print([ort.InferenceSession(f"{name}.onnx").run(None, {"pixels": six[None, None]})[0].argmax() for name in ("before", "after")])"""  # noqa: E501
CARD = """\
# forgetdemo: a small CNN before and after it was made to forget one class

![One drawing, and what both models answer]({preview})

A CNN of {weights:,} weights learned {title} (`before`). Then it was made to forget class {name} by
the method `{method}`, which may move {share} of the weights (`after`). Beside them: `oracle`,
trained anew without the class, and `logit_mask`, the original with that one output switched off.
{links}
## Use

```
pip install numpy onnxruntime huggingface_hub
hf download {repository} --local-dir forgetdemo-models && cd forgetdemo-models
```
```python
{program}
```

Input `pixels`: (B, 1, 28, 28) float32 in [0, 1], white ink on black, centred as in MNIST, not
normalised. Outputs: `probabilities` and `logits`, (B, 10) each. No custom operators; opset
{opset}. The weights are in `*.safetensors` too; `manifest.json` has the SHA-256 of every model.

| file | what it is | all test images | class {name} | the others |
|---|---|---:|---:|---:|
{files}

## Intended use

To see, teach and study machine unlearning at a size where everything can be measured. Not to read
digits in earnest: the models answer something to every picture, also to one that is no digit.

## What this does not show

{honest}

Verdict of the audit: **{level}**, {verdict}.

{limits}

## Evaluation

{images:,} test images of {title}; {oracles} retrained models; `audit.json` has all other figures.

| | before | after | retrained | masked | meaning |
|---|---:|---:|---:|---:|---|
{table}

Figures with % are shares of test images in percent; steps are those of training again.

## Credits

{credit}
{code}

This card is made by `python -m export.hub` from `report.json` and `audit.json`.
"""


def make_card(
    models: Path, *, preview: str, name: str | None = None, space: str | None = None
) -> str:
    """Write a model card.

    Args:
        models: the model folder, with its audit; every figure comes from there.
        preview: file name of the picture.
        name: USER/NAME of the repository, where it is known.
        space: USER/NAME of the Space that shows these models.
    Returns:
        README.md, front matter included.
    Raises:
        FileNotFoundError, CheckpointError: the models or their audit are missing or damaged.
        ValueError: the data's terms are not on record, or the card would not be what the Hub takes.
    """
    folder = load_models(models)
    audit = read_audit(folder)
    report = json.loads(folder.file("report.json"))
    source = source_of(report["dataset"])
    silence()
    from huggingface_hub import ModelCardData

    data = ModelCardData(
        license="mit",
        library_name="onnxruntime",
        pipeline_tag=TASK,
        tags=read_front_matter((ROOT / "README.md").read_text(encoding="utf-8"))["tags"],
        datasets=[source.on_hub],
        metrics=[ACCURACY, AUC],
        model_name=name.partition("/")[2] if name else "forgetdemo",
        eval_results=eval_results(report, audit, source, name),
        thumbnail=f"{HUB}/{name}/resolve/main/{preview}" if name else None,
    )
    text = (
        f"---\n{data.to_yaml()}\n---\n\n{body(folder, report, audit, source, preview, name, space)}"
    )
    check_card(text)
    return text


def eval_results(
    report: Mapping[str, Any], audit: Audit, source: Source, name: str | None
) -> list[Any]:
    """Counts of both models, and what the audit measured of `after`, as the Hub's EvalResults.

    A measure that does not apply is left out.
    """
    from huggingface_hub import EvalResult

    forgotten = report["classes"][report["forget_class"]]
    found: list[tuple[str, str, float | None]] = [
        (ACCURACY, f"{model}: accuracy on {words.format(name=forgotten)}", report[model][key])
        for model in ("before", "after")
        for key, words in COUNTED
    ]
    rows = {row["name"]: row for row in audit["rows"]}
    for key, metric in AUDITED:
        row = rows[key]
        found += [
            (metric, f"after: {row['title']}", row["run"]),
            (metric, f"oracles, mean: {row['title']}", row["oracle_mean"]),
        ]
    where = f"{HUB}/{name}/blob/main/audit.json" if name else None
    return [
        EvalResult(
            task_type=TASK,
            dataset_type=source.on_hub,
            dataset_name=source.title,
            dataset_config=source.config,
            dataset_split="test",
            metric_type=metric,
            metric_name=title,
            metric_value=value,
            source_name="audit" if where else None,
            source_url=where,
        )
        for metric, title, value in found
        if value is not None
    ]


def body(
    folder: Models,
    report: Mapping[str, Any],
    audit: Audit,
    source: Source,
    preview: str,
    name: str | None,
    space: str | None,
) -> str:
    """The card below its front matter."""
    manifest = folder.manifest
    rows = {row["name"]: row for row in audit["rows"]}
    links = f"\nDraw a digit and see both answer: [the Space]({HUB}/spaces/{space}).\n"
    return CARD.format(
        preview=preview,
        weights=report["mask"]["total"],
        title=source.title,
        name=report["classes"][report["forget_class"]],
        method=report["method"],
        share=percent(report["mask"]["fraction"]),
        links=links if space else "",
        repository=name or "USER/NAME",
        program=PROGRAM,
        opset=manifest["onnx"]["opset"],
        files="\n".join(map(file_line, manifest["models"].values())),
        honest=honest_words(report),
        level=audit["verdict"]["level"],
        verdict=audit["verdict"]["sentence"],
        limits=limits(audit),
        images=report["after"]["images"],
        oracles=audit["about"]["oracles"],
        table="\n".join(audit_line(rows[key]) for key in SHOWN),
        credit=source.credit,
        code=CODE,
    )


def file_line(entry: Mapping[str, Any]) -> str:
    """One model of the manifest as a row of the card."""
    shares = (entry["accuracy"][key] for key in ("acc_overall", "acc_forget", "acc_retain"))
    cells = " | ".join(percent(share, 2) for share in shares)
    return f"| `{entry['file']}` | {entry['title']} | {cells} |"


def audit_line(row: AuditRow) -> str:
    """One measure of the audit as a row of the card."""
    unit, cap = row["unit"], row["cap"]
    before, after, masked = (as_text(row[key], unit, cap) for key in ("original", "run", "control"))
    retrained = as_text(row["oracle_mean"], unit)
    if row["oracle_sd"] is not None:
        retrained += f" ± {as_text(row['oracle_sd'], unit)}"
    title = f"{row['title']}, {unit}" if unit else row["title"]
    return f"| {title} | {before} | {after} | {retrained} | {masked} | {row['explain']} |"


def check_card(text: str) -> None:
    """Read a card as the Hub does, and refuse one that it would not take or not understand.

    Raises:
        ValueError: names what is missing or wrong.
    """
    from huggingface_hub import ModelCard, ModelCardData

    data = ModelCard(text).data  # a model-index of another shape is a ValueError here
    assert isinstance(data, ModelCardData)
    words = ("license", "library_name", "pipeline_tag")
    lists = ("tags", "datasets", "metrics")
    for field in words:
        if type(getattr(data, field)) is not str or not getattr(data, field):
            raise ValueError(f"model card: {field} must be a word")
    for field in lists:
        if not is_words(getattr(data, field)):
            raise ValueError(f"model card: {field} must be a list of words")
    if not data.eval_results:
        raise ValueError("model card: there are no evaluation results")
    for result in data.eval_results:
        value = result.metric_value
        if type(value) not in (int, float) or not math.isfinite(value):
            raise ValueError(f"model card: {result.metric_name} must be a number, got {value!r}")


def is_words(value: object) -> bool:
    """Whether it is a list of texts, and not empty."""
    return isinstance(value, Sequence) and not isinstance(value, str) and bool(value) and all(
        isinstance(word, str) and word for word in value
    )  # fmt: skip
