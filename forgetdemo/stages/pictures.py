"""Draw a finished run's report as files of its folder."""

from forgetdemo.files.run import Run, extend_run
from forgetdemo.plots.report import plot_files


def with_plots(run: Run) -> Run:
    """Write a run's folder again with its pictures; one that has them is left as it is.

    A stage does not draw: a change in the plots makes no run stale.

    Raises:
        ValueError, OSError: as `extend_run` does; the run without pictures is still whole.
    """
    if any(name.startswith("plots/") for name in run.files):
        return run
    drawn = {f"plots/{name}": data for name, data in plot_files(run.report, run.history).items()}
    return extend_run(run, drawn)
