"""Every trial by its name, in the order in which they are tried."""

from benchmarks.torture import bodies, connections, disk, full, kills, load, orders, pages, soak
from benchmarks.torture.table import Trial

TRIALS: dict[str, Trial] = {
    "pictures": bodies.pictures,
    "bodies": bodies.bodies,
    "predictions": load.predictions,
    "sessions": load.sessions,
    "silent": connections.silent,
    "slow": connections.slow,
    "deaf": connections.deaf,
    "streams": connections.streams,
    "archives": load.archives,
    "orders": orders.orders,
    "stops": orders.stops,
    "apps": orders.apps,
    "markup": pages.markup,
    "worker": kills.worker,
    "full": full.full,
    "soak": soak.soak,
    "app": kills.app,
    "commands": disk.kills,
    "disk": disk.faults,
}
# After all others, side by side, since none of them is about speed; each of these one by one.
LANES = (
    ("soak",),
    ("orders", "apps", "markup", "full", "app"),
    ("sessions", "commands", "disk"),
)
