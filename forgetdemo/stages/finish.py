"""How every stage begins and ends: a request names its folder, and what was found fills it.

Needs no torch: a stage that learns without it ends the same way.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forgetdemo.data import Dataset
from forgetdemo.files.checkpoint import json_bytes
from forgetdemo.files.folder import RUN_FORMAT, check_target
from forgetdemo.files.keys import run_key, stage_code
from forgetdemo.files.run import Run, read_run, save_run
from forgetdemo.metrics.report import ModelReport, Report
from forgetdemo.settings.constants import RUNS


@dataclass(frozen=True, kw_only=True, eq=False)
class Request:
    """What a stage was asked for: it names the run, and stands in its folder."""

    stage: str  # its module: "train", "unlearn", "unlearn_onnx", "relearn"
    settings: Mapping[str, Any]  # everything that decides the result: config.json
    seed: int
    threads: int
    data: Dataset

    def find(self, out: Path | None, overwrite: bool = True) -> tuple[Path, Run | None]:
        """Where the run is to stand, and the run where an equal one may be reused.

        Args:
            out: a folder of the caller's choice, always made anew; None: `RUNS` by key.
            overwrite: a finished run of another request in `out`, too.
        Raises:
            ValueError, OSError: `check_target` refuses the place, or another run stands there.
        """
        if out is None:
            code = stage_code(self.stage)
            out = RUNS / run_key(self.settings, self.data.sha256, self.seed, code)
            try:
                return out, read_run(out)
            except (OSError, ValueError):
                pass  # not there, or not whole
        check_target(out, RUN_FORMAT)
        if not overwrite:
            self.refuse_other(out)
        return out, None

    def refuse_other(self, out: Path) -> None:
        """Keep a finished run that was asked for otherwise: others may have been made from it.

        Raises:
            ValueError: there is one.
        """
        try:
            there = read_run(out)
        except (OSError, ValueError):
            return  # nothing, or nothing whole
        wanted = json.loads(json_bytes(dict(self.settings))), self.seed, self.data.sha256
        about = there.manifest
        if (there.config, about.get("seed"), about.get("data_sha256")) != wanted:
            raise ValueError(
                f"{out} holds another run, with other settings; choose another --out, or replace "
                "it with --force"
            )


def finish_run(
    out: Path,
    request: Request,
    *,
    weights: Mapping[str, Mapping[str, Any]],
    reports: Mapping[str, ModelReport],
    pair: tuple[int, int | None],
    method: str | None,
    history: Mapping[str, list[dict[str, Any]]],
    seconds: Mapping[str, float],
    about: Mapping[str, Any],
    certificate: Mapping[str, Any] | None = None,
) -> Run:
    """Write a stage's folder, and read it back.

    Args:
        out: from `Request.find`.
        request: what was asked for.
        weights: named arrays of "before" and, of all stages but training, "after"; and what else
            is kept: "mask", "moments".
        reports: what was measured of the models, by the same names.
        pair: forgotten class, and its substitute or None.
        method: what made "after"; None: nothing was unlearned.
        history: curves by stage.
        seconds: itemised, measuring excluded.
        about: more for the manifest.
        certificate: of the mask, see `methods.mask.certify`.
    Raises:
        ValueError, OSError: as `save_run` does.
    """
    report = Report(
        dataset=request.data.name,
        classes=request.data.classes,
        forget_class=pair[0],
        redirect_to=pair[1],
        method=method,
        before=reports["before"],
        after=reports.get("after"),
        mask=certificate,
        seconds=seconds,
    )
    save_run(
        out,
        config=request.settings,
        seed=request.seed,
        data_sha256=request.data.sha256,
        report=report,
        history=history,
        weights=weights,
        about=about,
        code=stage_code(request.stage),
    )
    return read_run(out)
