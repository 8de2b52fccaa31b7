"""What we put between the browser and Prefect's server: headers that keep its pages at home, and one mended request.

The pages carry a Content-Security-Policy: the newer of Prefect's two interfaces calls a foreign analytics host even
with analytics off. And where the database was busy (503), answers tell Prefect's own client to come back soon: left
alone it waits 2 s.

Before it resumes a run, the newer interface has the server check the answer, but sends the answer itself where the
form's schema belongs. An answer whose field bears the name of a keyword of JSON Schema (`items`, the opinion items)
is then refused as an invalid schema, and nobody could send an opinion. Such a request is checked against no schema;
the resume itself is checked by the server against the form that was stored.
"""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
]
_SOON = (b"retry-after", b"0.15")
_BUSY = 503
_CHECK = "/api/ui/schemas/validate"

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


def guarded(app: Application) -> Application:
    """The same application, whose answers tell the browser to speak with nobody else and to leak no address."""

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                more = [_SOON] if message["status"] == _BUSY else []
                message["headers"] = [*message.get("headers", []), *_HEADERS, *more]
            await send(message)

        if scope["type"] == "http" and scope["path"] == _CHECK:
            body = mended(await _whole(receive))
            headers = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
            scope = {**scope, "headers": [*headers, (b"content-length", str(len(body)).encode())]}
            receive = _again(body, receive)
        await app(scope, receive, send_guarded)

    return answer


def mended(body: bytes) -> bytes:
    """A request to check an answer, without the answer in place of the schema; anything else as it came."""
    try:
        asked = json.loads(body)
    except ValueError:
        return body
    if not isinstance(asked, dict) or asked.get("schema") != asked.get("values"):
        return body
    return json.dumps({**asked, "schema": {}}, ensure_ascii=False).encode()


async def _whole(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """What gives the body in one message, and then whatever else comes (the end of the connection)."""
    waiting = [body]

    async def give() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return give
