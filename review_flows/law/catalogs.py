"""The law data: reads `catalogs/` strictly into one frozen value, with the sha256 of what it read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Catalogs:
    """All law data of one folder."""

    rules: dict[str, Any]
    sha256: str


def load(folder: Path) -> Catalogs:
    """The law data of a folder; CatalogError for the first fault."""
    raise NotImplementedError
