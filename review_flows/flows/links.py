"""Links by which a document reaches the reader of a form: made for one document, one wait and its role, for 30 days
at most.

A link's token is an end date encrypted with the home's key, bound to the document and the wait: nobody can make
one, nor turn one link into another, without the key. That its reader is the reviewer, the link cannot prove; every
fetch is in the trail.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from review_flows.errors import SettingsError
from review_flows.records.home import Home

LONGEST_VALIDITY = timedelta(days=30)


def address_of_documents(port: int) -> str:
    """Where the document server of this machine answers."""
    return f"http://127.0.0.1:{port}"


def links_for(home: Home, wait: int, *, now: datetime) -> Callable[[str], str | None]:
    """The address of a document by its sha256, for the reader of this wait's form."""
    address = address_of_documents(home.settings.documents_port)

    def link(sha256: str) -> str | None:
        return f"{address}/documents/{sha256}?token={token(home, wait, sha256, until=now + LONGEST_VALIDITY)}"

    return link


def token(home: Home, wait: int, sha256: str, *, until: datetime) -> str:
    """The token that opens this document until then."""
    return f"{wait}-{home.keys.encrypt(str(int(until.timestamp())), _owner(wait, sha256))}"


def read_token(home: Home, sha256: str, given: str) -> tuple[int, datetime] | None:
    """The wait that a token was made for and its end; None where it is no token of ours for this document."""
    wait, _, encrypted = given.partition("-")
    if not wait.isdecimal():
        return None
    try:
        until = int(home.keys.decrypt(encrypted, _owner(int(wait), sha256)))
    except (SettingsError, ValueError):
        return None
    return int(wait), datetime.fromtimestamp(until, UTC)


def _owner(wait: int, sha256: str) -> str:
    return f"document-link/{wait}/{sha256}"
