"""Client-credentials login: one token for everybody, fetched once, renewed before it ends.

The token endpoint lives on the login host and speaks OAuth; too many logins come back as HTTP 400 [official
provider]. Tokens and secrets stay in this object and in request headers: no repr, error or log holds them.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import anyio

from reconciler.errors import Malformed, ProviderError, TransientError, Unavailable
from reconciler.genesys.wire import call as calls
from reconciler.genesys.wire import http, retry, translate
from reconciler.genesys.wire.exchanged import REQUEST_ID_HEADER
from reconciler.genesys.wire.regions import Hosts
from reconciler.genesys.wire.settings import RemoteSettings
from reconciler.ports import Clock, Ids, Rng

PLACE = translate.Place("POST", "/oauth/token")
Told = Callable[[translate.Place, http.Answer | None, float, str], None]
"""Hears of each request: where, the answer if any, seconds, our request id."""
LIFETIME_SECONDS_UNSTATED = 300.0
"""The shortest life an OAuth client can be set to; used when an answer does not say."""


@dataclass(frozen=True, slots=True)
class Credentials:
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Token:
    value: str = field(repr=False)
    renew_at: float
    """Monotonic moment from which a new one is fetched first."""


class Auth:
    def __init__(
        self,
        *,
        exchange: http.Http,
        clock: Clock,
        rng: Rng,
        hosts: Hosts,
        credentials: Credentials,
        user_agent: str,
        settings: RemoteSettings,
        ids: Ids,
        told: Told,
    ) -> None:
        self._http, self._clock, self._rng = exchange, clock, rng
        self._hosts, self._credentials, self._settings = hosts, credentials, settings
        self._user_agent, self._ids, self._told = user_agent, ids, told
        self._token: Token | None = None
        self._login = anyio.Lock()

    async def token(self) -> str:
        """A token with life left in it. Raises Unauthenticated when refused, TransientError when nobody answers."""
        async with self._login:  # whoever waits here finds the token that the first one fetched
            token = self._token
            if token is None or self._clock.monotonic() >= token.renew_at:
                self._token = token = await self._fetch_patiently()
            return token.value

    def reject(self, value: str) -> None:
        """The platform answered 401 to this token: forget it, unless somebody has already fetched another."""
        if self._token is not None and self._token.value == value:
            self._token = None

    async def _fetch_patiently(self) -> Token:
        started = self._clock.monotonic()
        attempt = 1
        while True:
            try:
                return await self._fetch()
            except TransientError as error:
                named = getattr(error, "retry_after", None)
                chance = self._rng.random()
                seconds = named if named is not None else retry.backoff(attempt, chance, self._settings)
                if self._clock.monotonic() - started + seconds > self._patience(error):
                    raise
                await self._clock.sleep(max(seconds, 0.1))
                attempt += 1

    def _patience(self, error: TransientError) -> float:
        answered = error.status is not None
        total = self._settings.login_total_seconds
        return total if answered else min(total, self._settings.login_reach_seconds)

    async def _fetch(self) -> Token:
        host = urlsplit(self._hosts.login).netloc
        pair = f"{self._credentials.client_id}:{self._credentials.client_secret}"
        id = self._ids.new()
        started = self._clock.monotonic()
        answer: http.Answer | None = None
        try:
            answer = await self._http.exchange(
                "POST",
                f"{self._hosts.login}/oauth/token",
                headers={
                    "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Accept": "application/json",
                    "User-Agent": self._user_agent,
                    REQUEST_ID_HEADER: id,
                },
                content=b"grant_type=client_credentials",
                timeout_seconds=self._settings.read_seconds,
                size_max=1024 * 1024,
            )
            if answer.status != 200:
                raise translate.login_failure(answer, host=host, secret=self._credentials.client_secret)
            return self._read(answer, host, started)
        except (http.NotSent, http.NoAnswer) as error:
            raise self._unreachable(host, str(error), id) from None
        except http.TooLarge:
            raise self._unusable(host) from None
        except ProviderError as error:
            error.request_id = id
            raise
        finally:
            self._told(PLACE, answer, self._clock.monotonic() - started, id)

    def _read(self, answer: http.Answer, host: str, asked_at: float) -> Token:
        try:
            body = calls.parse(answer.body)
            value = body["access_token"]
            lifetime = float(body.get("expires_in") or LIFETIME_SECONDS_UNSTATED)
        except (ValueError, TypeError, KeyError, RecursionError, AttributeError):
            raise self._unusable(host) from None
        if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
            raise self._unusable(host)
        margin = min(self._settings.token_margin_seconds, lifetime * 0.1)
        return Token(value, asked_at + max(0.0, lifetime - margin))

    def _unreachable(self, host: str, reason: str, request_id: str) -> ProviderError:
        return Unavailable(
            f"Cannot log in at {host}: {reason}. Check the network, the proxy and GENESYSCLOUD_REGION "
            "(or RECONCILE_GATEWAY_URL).",
            method=PLACE.method,
            path=PLACE.template,
            request_id=request_id,
        )

    def _unusable(self, host: str) -> ProviderError:
        return Malformed(
            f"{host} answered the login with something that is no token. Check GENESYSCLOUD_REGION, the proxy and "
            "RECONCILE_GATEWAY_URL.",
            method=PLACE.method,
            path=PLACE.template,
            status=200,
        )
