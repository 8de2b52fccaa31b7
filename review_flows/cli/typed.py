"""Commands run in this process as a person types them, on a given home, with what they print caught.

The demo's people do between the forms what an office does between them: publish a notice, bring in comments, draw
experts. They do it with the commands that everybody has; no second way exists for the demo.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO

from review_flows.cli.main import main
from review_flows.errors import ReviewFlowsError
from review_flows.flows.children import ours
from review_flows.settings import Settings


def typed(settings: Settings, arguments: Sequence[str]) -> str:
    """What a command prints; ReviewFlowsError with its own sentence where it does not end with 0."""
    out, err = StringIO(), StringIO()
    code: object = 0
    with _as_environment(settings), redirect_stdout(out), redirect_stderr(err):
        try:
            main(arguments)
        except SystemExit as leaving:
            code = leaving.code
    if code:
        raise ReviewFlowsError(err.getvalue().strip() or out.getvalue().strip())
    return out.getvalue()


@contextmanager
def _as_environment(settings: Settings) -> Iterator[None]:
    """The settings where commands look for them, for as long as one runs."""
    before = dict(os.environ)
    os.environ.update(ours(settings))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
