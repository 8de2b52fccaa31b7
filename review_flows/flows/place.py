"""Where this process works: the open home, the law data, the address of Prefect's API; found once by the settings."""

import logging
from dataclasses import dataclass, field
from functools import cache

from review_flows.errors import CatalogError
from review_flows.flows.client import Prefect
from review_flows.flows.server import api_address
from review_flows.law.catalogs import Catalogs
from review_flows.law.catalogs import load as load_catalogs
from review_flows.records.home import Home, open_home
from review_flows.settings import Settings, load

_log = logging.getLogger(__name__)


@dataclass
class Place:
    """What every act of this room needs."""

    settings: Settings
    home: Home
    _catalogs: Catalogs | None = field(default=None, repr=False)

    @property
    def catalogs(self) -> Catalogs:
        """The law data as it is now: an edited file holds from the next act on.

        While it is being edited and faulty, the last that was good still holds: an answer must not be lost for it.
        """
        try:
            self._catalogs = load_catalogs(self.settings.catalogs)
        except CatalogError as error:
            if self._catalogs is None:
                raise
            _log.error("the former law data is still used: %s", error)
        return self._catalogs

    def prefect(self) -> Prefect:
        """A new connection to Prefect's API; close it."""
        return Prefect(api_address(self.settings))


@cache
def here() -> Place:
    """The place of this process."""
    settings = load()
    return Place(settings, open_home(settings))
