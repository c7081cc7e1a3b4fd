"""What the wheel needs, read from requirements*.txt when it is built: pins stand in one place."""

import runpy
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Pins(MetadataHookInterface):
    """The page's group is what the package needs; everything else is an extra."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add dependencies and extras. Raises ValueError as `read_pins`."""
        root = Path(self.root)
        read_pins = runpy.run_path(str(root / "export/space/pins.py"))["read_pins"]
        page, *more = read_pins((root / "requirements.txt").read_text(encoding="utf-8"))
        dev, cluster = read_pins((root / "requirements-dev.txt").read_text(encoding="utf-8"))
        metadata["dependencies"] = list(page.values())
        metadata["optional-dependencies"] = {
            "train": [line for group in more for line in group.values()],
            "cluster": list(cluster.values()),
            "dev": list(dev.values()),
        }
