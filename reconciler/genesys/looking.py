"""Looking again: what the remote sides of all kinds do after a write whose outcome is unknown, or not visible yet.

The platform may execute a request after we stopped waiting, and its lists and even reads by id lag behind its writes.
So an unanswered create is looked for by natural key only after the settle window, twice with equal answers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from reconciler.errors import AmbiguousError, NotFound, ProviderError, Rejected
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.client import Client
from reconciler.model import moment
from reconciler.model.identity import Key
from reconciler.model.outcome import Fate, Intent, Recovery

T = TypeVar("T")


async def until(
    client: Client, look: Callable[[], Awaitable[T | None]], *, seconds: float, pause: float = 0.25
) -> T | None:
    """Call `look` until it returns something, for at most so many seconds; None when it never does."""
    started = client.clock.monotonic()
    while True:
        found = await look()
        if found is not None:
            return found
        if client.clock.monotonic() - started + pause > seconds:
            return None
        await client.clock.sleep(pause)
        pause = min(pause * 2, 4.0)


async def absent(client: Client, read: Callable[[], Awaitable[Row]], *, seconds: float) -> bool:
    """True once a read by id says 404 or 410, or shows the object as deleted; False when the time is up."""

    async def look() -> bool | None:
        try:
            return True if is_deleted(await read()) else None
        except NotFound:
            return True

    return await until(client, look, seconds=seconds) is True


async def confirm_deleted(client: Client, key: Key, read: Callable[[], Awaitable[Row]]) -> None:
    """Raises AmbiguousError when an object whose deletion the platform took can still be read after a while."""
    if not await absent(client, read, seconds=client.settings.read_back_seconds):
        raise AmbiguousError(f"{key}: the platform took the deletion, yet still shows the object.")


def still_in_use(key: Key, error: ProviderError, users: Sequence[str] = ()) -> Rejected:
    """A deletion that the platform refuses because of `users`, as far as they are known: a person has to act."""
    by = f" by {', '.join(users)}" if users else ""
    return Rejected(
        f"{key} is still in use{by} and stays: {error.message} Remove what uses it first.",
        status=error.status,
        code=error.code,
        correlation_id=error.correlation_id,
    )


def is_deleted(row: Row) -> bool:
    """Deleted flows carry `deleted`, deleted routes `state`."""
    return row.get("deleted") is True or row.get("state") == "deleted"


async def confirmed(client: Client, read: Callable[[], Awaitable[Row]]) -> Row:
    """A read by id whose 404 is asked twice, because reads lag behind writes. Raises NotFound when it stays."""
    try:
        return await read()
    except NotFound as error:
        if error.status == 410:
            raise
    await client.clock.sleep(client.settings.gone_recheck_seconds)
    return await read()


def settles_in(client: Client, intent: Intent) -> float:
    """Seconds until a request sent for this intent must have surfaced; 0 when it is time to look."""
    if intent.last_send_at is None:
        return 0.0
    over = moment.read(intent.last_send_at) + timedelta(seconds=client.settings.settle_seconds)
    return max(0.0, (over - client.clock.now()).total_seconds())


def too_early(client: Client, intent: Intent) -> Recovery:
    """The same words at each look: what is told once must not look new because time has passed."""
    seconds = client.settings.settle_seconds
    return Recovery(
        fate=Fate.UNDECIDED,
        message=f"{intent.key}: sent at {intent.last_send_at} without an answer; whether the platform did it can be "
        f"told {seconds:.0f} s later.",
    )


async def twice(client: Client, find: Callable[[], Awaitable[list[Row]]]) -> list[Row] | None:
    """What a search finds, when two looks agree; None when they do not."""
    first = await find()
    await client.clock.sleep(client.settings.settle_recheck_seconds)
    second = await find()
    return second if {row["id"] for row in first} == {row["id"] for row in second} else None


def disagreeing(intent: Intent) -> Recovery:
    return Recovery(fate=Fate.UNDECIDED, message=f"{intent.key}: two looks at the platform's lists disagree; later.")


def several(intent: Intent, rows: list[Row]) -> Recovery:
    ids = ", ".join(sorted(str(row["id"]) for row in rows))
    return Recovery(
        fate=Fate.UNDECIDED,
        message=f"{intent.key}: {len(rows)} objects carry this name on the platform ({ids}). "
        "Delete the ones that are not wanted there; we choose none.",
    )


def not_applied(intent: Intent) -> Recovery:
    return Recovery(fate=Fate.NOT_APPLIED, message=f"{intent.key}: the platform did not do it.")
