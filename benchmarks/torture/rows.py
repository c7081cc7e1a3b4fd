"""Every trial by its name, in the order in which they are tried."""

from benchmarks.torture import bodies, connections, kills, load, orders, pages, soak
from benchmarks.torture.table import Trial

TRIALS: dict[str, Trial] = {
    "pictures": bodies.pictures,
    "kills": kills.worker_kills,
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
    "soak": soak.soak,
}
