"""Where this process works: the open home, the law data, the address of Prefect's API; found once by the settings."""

from dataclasses import dataclass
from functools import cache

from review_flows.flows.client import Prefect
from review_flows.flows.server import api_address
from review_flows.law.catalogs import Catalogs
from review_flows.law.catalogs import load as load_catalogs
from review_flows.records.home import Home, open_home
from review_flows.settings import Settings, load


@dataclass(frozen=True)
class Place:
    """What every act of this room needs."""

    settings: Settings
    home: Home

    @property
    def catalogs(self) -> Catalogs:
        """The law data as it is now: an edited file holds from the next act on."""
        return load_catalogs(self.settings.catalogs)

    def prefect(self) -> Prefect:
        """A new connection to Prefect's API; close it."""
        return Prefect(api_address(self.settings))


@cache
def here() -> Place:
    """The place of this process."""
    settings = load()
    return Place(settings, open_home(settings))
