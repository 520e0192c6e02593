"""One API request, done right: token, pacing, deadline, retries, and an honest error at the end.

Reads are repeated while that may help. Writes leave once; they are sent again only when the platform proved that it
did not execute them (429, 401), and `before_send` runs before every attempt so that the ledger knows of each. What
remains unknown after a write is an AmbiguousError: the caller looks before it does anything else.

Relies on `http` for bytes, `auth` for tokens, `limiter` for the rate window, `translate` for errors. Endpoints are
functions in the modules beside this one; files behind signed addresses go through `transfer`.
"""

from __future__ import annotations

import json as jsonlib
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from reconciler.core.breaker import Verdict
from reconciler.errors import ProviderError, Unauthenticated
from reconciler.genesys.wire import call as calls
from reconciler.genesys.wire import http, retry, translate
from reconciler.genesys.wire.auth import Auth, Credentials
from reconciler.genesys.wire.call import BeforeSend, Call, Query
from reconciler.genesys.wire.exchanged import REQUEST_ID_HEADER, Exchanged, OnRequest, collect
from reconciler.genesys.wire.guard import CircuitOpen, Guard, verdict_of
from reconciler.genesys.wire.limiter import Gate, Slot
from reconciler.genesys.wire.memo import Memo
from reconciler.genesys.wire.regions import Hosts
from reconciler.genesys.wire.retry import Effect, was_too_much
from reconciler.genesys.wire.settings import RemoteSettings
from reconciler.genesys.wire.translate import Place
from reconciler.ports import Clock, Ids, Rng

T = TypeVar("T")


class Client:
    """Talks to one organisation with one OAuth client."""

    def __init__(
        self,
        *,
        transport: http.Transport,
        clock: Clock,
        rng: Rng,
        ids: Ids,
        credentials: Credentials,
        hosts: Hosts,
        user_agent: str,
        settings: RemoteSettings,
        on_request: OnRequest | None = None,
    ) -> None:
        self.hosts, self.settings, self.clock, self.ids = hosts, settings, clock, ids
        self.client_id = credentials.client_id
        """Our own OAuth client: locks and versions made by it are ours."""
        self.http = http.Http(transport, connect_seconds=settings.connect_seconds)
        self.user_agent = user_agent
        self.spent: Counter[str] = Counter()
        """Requests so far by `METHOD template`, logins and repeats included."""
        self.clock_skew_seconds: float | None = None
        """The platform's clock minus ours at its last dated answer, to the second."""
        self._rng, self._on_request = rng, on_request
        self._memo = Memo()
        self._auth = Auth(
            exchange=self.http,
            clock=clock,
            rng=rng,
            hosts=hosts,
            credentials=credentials,
            user_agent=user_agent,
            settings=settings,
            ids=ids,
            told=self.note,
        )
        self._guard = Guard(clock=clock, hosts=hosts)
        self._gate = Gate(
            clock=clock,
            concurrency_max=settings.concurrency_max,
            wait_seconds_max=settings.pacing_wait_seconds_max,
        )

    @property
    def allowed_per_window(self) -> int | None:
        """The token's budget per rate window, None before the first answer."""
        return self._gate.allowed

    @property
    def remaining(self) -> int | None:
        """Requests left in the present rate window, None before the first answer."""
        return self._gate.remaining()

    @property
    def held_back(self) -> str:
        """Why no request would leave now, empty when one would."""
        return self._guard.closed_because

    async def token(self) -> str:
        """For the one upload that wants it (`transfer`); everything else goes through `request`."""
        return await self._auth.token()

    async def get(self, template: str, *, path: Mapping[str, str] | None = None, query: Query | None = None) -> Any:
        return await self.request("GET", template, path=path, query=query, effect=Effect.READ)

    async def get_again(
        self,
        template: str,
        *,
        path: Mapping[str, str] | None = None,
        query: Query | None = None,
        reader: object,
        read: Callable[[Any], T],
    ) -> T:
        """`read` of the decoded body; of the same bytes as last time, the value of last time (`memo`)."""
        url = self._url(template, path, query)

        def decode(body: bytes) -> T:
            return self._memo.value(url, body, reader, lambda body: read(calls.parse(body)))

        value: T = await self._persistently(Call(Place("GET", template), url, Effect.READ, b"", "", (), None, decode))
        return value

    async def request(
        self,
        method: str,
        template: str,
        *,
        effect: Effect,
        path: Mapping[str, str] | None = None,
        query: Query | None = None,
        json: Any = None,
        content: tuple[str, bytes] | None = None,
        needs: tuple[str, ...] = (),
        before_send: BeforeSend | None = None,
    ) -> Any:
        """Send and return the decoded body, None when there is none.

        `template` is the documented path with `{name}` for ids; `content` replaces `json` by a content type and bytes.
        `needs` names text fields that a success must carry. Raises the errors of `reconciler.errors`; for a write
        whose outcome is unknown AmbiguousError.
        """
        body = b"" if json is None else jsonlib.dumps(json, ensure_ascii=False, allow_nan=False).encode()
        content_type, body = content if content is not None else ("application/json" if body else "", body)
        url = self._url(template, path, query)
        call = Call(Place(method, template), url, effect, body, content_type, needs, before_send)
        return await self._persistently(call)

    def _url(self, template: str, path: Mapping[str, str] | None, query: Query | None) -> str:
        return self.hosts.api + calls.filled(template, path or {}) + calls.encoded(query or {})

    async def _persistently(self, call: Call) -> Any:
        started = self.clock.monotonic()
        attempt, renewed = 1, False
        while True:
            token = await self._token_for(call)
            try:
                return await self._once(call, token, token_is_fresh=renewed)
            except Unauthenticated:
                # Not executed, so even a write may go again; once, because a second refusal is not about age.
                self._auth.reject(token)
                if renewed:
                    raise
                renewed = True
                continue
            except CircuitOpen:
                raise
            except ProviderError as error:
                seconds = retry.delay(
                    error,
                    effect=call.effect,
                    attempt=attempt,
                    elapsed_seconds=self.clock.monotonic() - started,
                    chance=self._rng.random(),
                    settings=self.settings,
                )
                if seconds is None or not self._guard.may_repeat(error):
                    raise
            await self.clock.sleep(seconds)
            attempt += 1

    async def _token_for(self, call: Call) -> str:
        leave = self._guard.look(call.place)
        try:
            return await self._auth.token()
        except ProviderError as error:
            self._guard.ended(leave, verdict_of(error, call.place, token_is_fresh=True), error)
            raise

    async def _once(self, call: Call, token: str, *, token_is_fresh: bool) -> Any:
        async with self._gate.slot() as slot:
            leave = self._guard.admit(call.place)
            verdict, failure = Verdict.UNKNOWN, None
            try:
                value = await self._attempt(call, token, slot)
                verdict = Verdict.WORKS
            except ProviderError as error:
                if call.effect is not Effect.LARGE_READ or not was_too_much(error):
                    verdict = verdict_of(error, call.place, token_is_fresh=token_is_fresh)
                failure = error
                raise
            finally:
                self._guard.ended(leave, verdict, failure)
        return value

    async def _attempt(self, call: Call, token: str, slot: Slot) -> Any:
        id = self.ids.new()
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": self.user_agent,
            REQUEST_ID_HEADER: id,
        }
        if call.content_type:
            headers["Content-Type"] = call.content_type
        if call.before_send is not None:
            await call.before_send()
        started = self.clock.monotonic()
        answer: http.Answer | None = None
        try:
            answer = await self._exchange(call, headers)
            limited = answer.status == 429
            slot.answered(
                answer.headers, retry_after_seconds=translate.retry_after(answer.headers) if limited else None
            )
            if (dated := translate.date(answer.headers)) is not None:
                self.clock_skew_seconds = (dated - self.clock.now()).total_seconds()
            collect(translate.correlation_id(answer.headers), id)
            return calls.outcome(call, answer)
        except ProviderError as error:
            error.request_id = id
            raise
        finally:
            self.note(call.place, answer, self.clock.monotonic() - started, id)

    async def _exchange(self, call: Call, headers: Mapping[str, str]) -> http.Answer:
        settings = self.settings
        try:
            return await self.http.exchange(
                call.place.method,
                call.url,
                headers=headers,
                content=call.content,
                timeout_seconds=settings.write_seconds if call.effect is Effect.WRITE else settings.read_seconds,
                size_max=settings.answer_bytes_max,
            )
        except (http.NotSent, http.NoAnswer, http.TooLarge) as failure:
            raise calls.unanswered(call, failure, self.hosts.name) from None

    async def pause(self, attempt: int) -> None:
        """Wait the backoff of a failed try, counted from 1."""
        await self.clock.sleep(self.backoff_seconds(attempt))

    def backoff_seconds(self, attempt: int) -> float:
        return retry.backoff(attempt, self._rng.random(), self.settings)

    def note(self, place: Place, answer: http.Answer | None, seconds: float, request_id: str) -> None:
        """Count one request and tell metrics and logs."""
        self.spent[str(place)] += 1
        if self._on_request is not None:
            self._on_request(
                Exchanged(
                    request=str(place),
                    status=answer.status if answer is not None else 0,
                    seconds=seconds,
                    remaining=self._gate.remaining(),
                    request_id=request_id,
                    correlation_id=translate.correlation_id(answer.headers) if answer is not None else "",
                )
            )

    async def aclose(self) -> None:
        await self.http.aclose()
