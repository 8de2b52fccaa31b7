"""Opening what a command works on: the home and the law data that the settings name."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from review_flows import settings

if TYPE_CHECKING:
    from review_flows.law.catalogs import Catalogs
    from review_flows.records.home import Home


@contextmanager
def opened() -> "Iterator[tuple[Home, Catalogs]]":
    """The home and the law data; closed at the end."""
    from review_flows.law.catalogs import load
    from review_flows.records.home import open_home

    found = settings.load()
    home = open_home(found)
    try:
        yield home, load(found.catalogs)
    finally:
        home.close()
