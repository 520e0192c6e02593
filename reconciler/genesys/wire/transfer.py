"""Files behind signed addresses: up and down, without our token where none belongs.

A signed address is a secret: it is never named in an error, only what was moved. Uploads are idempotent at the
storage (same address, same bytes), so they are repeated when the storage refused or could not be reached; after a
silence the caller has to look.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.errors import AmbiguousError, Malformed, NotFound, ProviderError, Rejected, TimedOut, Unavailable
from reconciler.genesys.wire import http, translate
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.exchanged import REQUEST_ID_HEADER
from reconciler.genesys.wire.translate import Place

TRIES_MAX = 3


async def put(client: Client, url: str, *, headers: Mapping[str, str], content: bytes, what: str) -> None:
    """PUT to a signed address with exactly the headers that came with it [SDK 269].

    Raises Rejected or Unavailable when the storage certainly did not take it, AmbiguousError when it may have: no
    answer, or trouble of the storage's own each time.
    """
    place = Place("PUT", f"(signed address of {what})")
    await _send(client, place, url, headers=headers, content=content, what=what)


async def post_file(client: Client, url: str, *, filename: str, content_type: str, content: bytes, what: str) -> None:
    """The older way to upload audio: a form with the field `file`, with the bearer token [official provider]."""
    place = Place("POST", f"(upload address of {what})")
    if url.startswith("/"):
        url = client.hosts.api + url
    if not client.hosts.trusts(url):
        raise Malformed(
            f"The platform wants {what} uploaded to a host outside its own domain; we do not send our token there.",
            method=place.method,
            path=place.template,
        )
    boundary = f"reconciler-{client.ids.new()}"
    name = "".join(character if character.isalnum() or character in "._-" else "_" for character in filename)
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"Content-Type: {content_type}\r\n\r\n"
    )
    headers = {
        # UNVERIFIED: the official provider sends the token without the word Bearer here; every other call has it.
        "Authorization": f"Bearer {await client.token()}",
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        REQUEST_ID_HEADER: client.ids.new(),
    }
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    await _send(client, place, url, headers=headers, content=body, what=what)


async def fetch(client: Client, url: str, *, what: str, size_max: int, tries_max: int = TRIES_MAX) -> bytes:
    """GET a signed address. Raises NotFound when it has expired (the storage says 403): ask for a new one."""
    place = Place("GET", f"(signed address of {what})")
    for attempt in range(1, tries_max + 1):
        try:
            answer = await _exchange(client, place, url, headers={}, content=b"", size_max=size_max)
        except (http.NotSent, http.NoAnswer) as error:
            kind = TimedOut if isinstance(error, http.NoAnswer) and error.timed_out else Unavailable
            failure: ProviderError = kind(
                f"Downloading {what} failed: {error}.", method=place.method, path=place.template
            )
        except http.TooLarge as error:
            raise Rejected(f"{what} is {error}.", method=place.method, path=place.template) from None
        else:
            if answer.status == 200:
                return answer.body
            failure = _refusal(answer, place, what)
            if answer.status in (401, 403, 404, 410):
                raise NotFound(failure.message, method=place.method, path=place.template, status=answer.status)
            if not isinstance(failure, Unavailable):
                raise failure
        if attempt == tries_max:
            raise failure
        await client.pause(attempt)
    raise AssertionError("unreachable")


async def _send(
    client: Client, place: Place, url: str, *, headers: Mapping[str, str], content: bytes, what: str
) -> None:
    failed_inside = False
    for attempt in range(1, TRIES_MAX + 1):
        try:
            answer = await _exchange(client, place, url, headers=headers, content=content, size_max=1024 * 1024)
        except http.NotSent as error:
            failure: ProviderError = Unavailable(
                f"Uploading {what} failed: {error}.", method=place.method, path=place.template
            )
        except (http.NoAnswer, http.TooLarge) as error:
            raise AmbiguousError(
                f"Uploading {what} had no usable answer: {error}.", method=place.method, path=place.template
            ) from None
        else:
            if answer.status in (200, 201, 204):
                return
            failure = _refusal(answer, place, what)
            if not isinstance(failure, Unavailable):
                raise failure
            failed_inside = failed_inside or answer.status >= 500
        if attempt == TRIES_MAX:
            break
        await client.pause(attempt)
    if failed_inside:  # a storage that failed may have kept the file all the same
        raise AmbiguousError(failure.message, method=place.method, path=place.template, status=failure.status)
    raise failure


async def _exchange(
    client: Client, place: Place, url: str, *, headers: Mapping[str, str], content: bytes, size_max: int
) -> http.Answer:
    if not url.lower().startswith("https://") and not client.hosts.is_plain:
        raise Malformed("The platform gave an address that is not https.", method=place.method, path=place.template)
    id = headers.get(REQUEST_ID_HEADER) or client.ids.new()  # a storage gets no header that it did not ask for
    started = client.clock.monotonic()
    answer: http.Answer | None = None
    try:
        answer = await client.http.exchange(
            place.method,
            url,
            headers={"User-Agent": client.user_agent, **headers},
            content=content,
            timeout_seconds=client.settings.transfer_seconds,
            size_max=size_max,
        )
        return answer
    finally:
        client.note(place, answer, client.clock.monotonic() - started, id)


def _refusal(answer: http.Answer, place: Place, what: str) -> ProviderError:
    failure = Unavailable if answer.status >= 500 or answer.status == 429 else Rejected
    told = translate.failure(answer, place)
    theirs = f" ({told.message})" if told.code else ""
    return failure(
        f"The storage refused {what}{theirs}.",
        method=place.method,
        path=place.template,
        status=answer.status,
        correlation_id=told.correlation_id,
    )
