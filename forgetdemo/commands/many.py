"""The commands that run many models: bench, sweep. Heavy imports stay inside."""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from forgetdemo.commands.flags import Add, name_list, seed_list
from forgetdemo.settings.constants import MODELS_DIR, RECIPES
from forgetdemo.settings.methods import METHOD_NAMES
from forgetdemo.settings.training import train_config
from forgetdemo.settings.unlearning import unlearn_config
from forgetdemo.terminal import show

CHANGES = ("steps", "pool_per_class")  # of every method, for a quick look


def add_commands(add: Add) -> None:
    """Add this module's commands to the parser; see `learning.add_commands`."""
    bench = add("bench", run_bench, "Audit every method over several seeds: table and figure.")
    sweep = add("sweep", run_sweep, "Many pairs, methods and seeds; resumable, in shards.")
    for sub in (bench, sweep):
        sub.add_argument("--methods", type=name_list, metavar="A,B", default=METHOD_NAMES)
        sub.add_argument("--jobs", type=int, metavar="N", help="processes (default: all cores)")
        sub.add_argument("--data", type=Path, metavar="DIR", help="data folder (default: bundled)")
        for name in CHANGES:
            flag = f"--{name.replace('_', '-')}"
            sub.add_argument(flag, type=int, metavar="N", help="of every method, for a quick look")
    bench.add_argument("what", choices=("methods",))
    bench.add_argument("--seeds", type=int, metavar="N", default=3)
    bench.add_argument("--recipe", choices=RECIPES, default="robust")
    bench.add_argument("--epochs", type=int, help="of the originals and oracles")
    bench.add_argument("--dataset", default="mnist")
    bench.add_argument("--oracles", type=int, metavar="N", default=5, help="and one held out")
    bench.add_argument("--out", type=Path, metavar="DIR", default=Path("docs"))
    sweep.set_defaults(methods=("described",))
    sweep.add_argument("--pairs", default="all", metavar="6-3,2-7|all", help="6-none: natural")
    sweep.add_argument("--seeds", type=seed_list, metavar="N|A,B", default=(0,))
    sweep.add_argument("--original", type=Path, metavar="DIR", default=MODELS_DIR)
    sweep.add_argument("--shard", default="1/1", metavar="I/N", help="this part of the runs only")
    sweep.add_argument("--engine", choices=("joblib", "ray"), default="joblib")
    sweep.add_argument("--address", metavar="HOST:PORT", help="of a running Ray cluster")
    sweep.add_argument("--out", type=Path, metavar="DIR", required=True)


def changes_of(flags: argparse.Namespace) -> dict[str, Any]:
    """Settings of every method that were typed."""
    return {name: value for name in CHANGES if (value := getattr(flags, name)) is not None}


def run_bench(flags: argparse.Namespace) -> None:
    """bench methods: methods and seeds → methods.json, methods.md and methods.png."""
    for method in flags.methods:
        unlearn_config(method, **changes_of(flags))  # a wrong name is refused before hours of work
    typed = {} if flags.epochs is None else {"epochs": flags.epochs}
    training = train_config(flags.recipe, dataset=flags.dataset, **typed)
    from forgetdemo.audit.bench import bench_methods, write_bench
    from forgetdemo.audit.summary import table
    from forgetdemo.files.writing import make_folder
    from forgetdemo.terminal import bar

    make_folder(flags.out)  # before hours of work
    started = time.monotonic()
    with bar("bench", "run", (), lines=True) as progress:
        found = bench_methods(
            flags.methods,
            flags.seeds,
            training=training,
            jobs=flags.jobs,
            oracles=flags.oracles,
            data_dir=flags.data,
            changes=changes_of(flags),
            progress=progress,
        )
    write_bench(found, flags.out)
    minutes = (time.monotonic() - started) / 60
    print(f"{minutes:.1f} minutes; runs that were there are not made again", file=sys.stderr)
    show(found, flags.json, table(found))


def run_sweep(flags: argparse.Namespace) -> None:
    """sweep: pairs, methods and seeds → a folder a run, and table.json, table.csv, timings.json."""
    from forgetdemo.data import load_dataset
    from forgetdemo.files.run import read_run
    from forgetdemo.stages.sweep import parse_pairs, parse_shard, plan, sweep
    from forgetdemo.terminal import bar

    pairs, shard = parse_pairs(flags.pairs), parse_shard(flags.shard)
    original = read_run(flags.original)
    data = load_dataset(original.dataset, flags.data)
    wanted = plan(
        original,
        data,
        pairs,
        flags.methods,
        flags.seeds,
        flags.out,
        flags.data,
        changes_of(flags),
    )
    with bar("sweep", "run", (), lines=True) as progress:
        found = sweep(
            wanted,
            flags.out,
            jobs=flags.jobs,
            shard=shard,
            engine=flags.engine,
            address=flags.address,
            progress=progress,
        )
    if found["failed"]:
        print(f"{found['failed']} runs diverged; see the column failed", file=sys.stderr)
    text = f"{len(found['rows'])} runs in {flags.out / 'table.csv'}, {found['missing']} missing"
    show(found, flags.json, text)
