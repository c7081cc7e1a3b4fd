"""A bounded memory of what is costly to make: what was asked for last stays."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Newest(Generic[Value]):
    """Values by key, at most so many; safe to ask from many threads.

    Who asks at the same time shares one making, and nobody waits for another key's.
    """

    def __init__(self, kept: int) -> None:
        """Keep at most `kept` values, ≥ 1."""
        self._kept = kept
        self._values: OrderedDict[Hashable, Future[Value]] = OrderedDict()
        self._lock = threading.Lock()  # of the dictionary; never held while a value is made

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of a key, made if not here; raises what `make` does, and then keeps nothing."""
        with self._lock:
            known = self._values.get(key)
            value = self._values.setdefault(key, Future())
            self._values.move_to_end(key)
            while len(self._values) > self._kept:
                self._values.popitem(last=False)
        if known is None:
            try:
                value.set_result(make())
            except BaseException as error:
                with self._lock:
                    if self._values.get(key) is value:
                        del self._values[key]
                value.set_exception(error)
        return value.result()
