"""Every trial by its name, in the order in which they are tried."""

from benchmarks.torture import bodies, connections, kills, load
from benchmarks.torture.table import Trial

TRIALS: dict[str, Trial] = {
    "pictures": bodies.pictures,
    "kills": kills.worker_kills,
    "bodies": bodies.bodies,
    "predictions": load.predictions,
    "sessions": load.sessions,
    "silent": connections.silent,
    "archives": load.archives,
}
