"""Everything that can go wrong, as one tree. Foreign errors are translated into it where they enter the house.

ReconcilerError
  UsageError             the command line or a setting must change
  DesiredStateError      the YAML must change; holds every Problem found
  RecordingError         a recording could not be fetched or converted; holds a problem's code, message and remedy
  SourceError            git or the directory could not be read; the last good state stays
  ProviderError          the platform said no, or nothing
    TransientError         trying again may help
      RateLimited            429, with the seconds to wait
      Unavailable            5xx, refused connection, circuit open
      TimedOut               no answer to a read
    PermanentError         somebody has to act
      Unauthenticated        credentials refused
      Forbidden              403, names the missing permissions
      NotFound               404, 410
      Conflicted             409, or 400 about a stale version
      Rejected               any other 4xx, or a job that failed
        Ambiguous              several objects carry the name that was asked for
      Malformed              an answer we cannot read
    AmbiguousError         sent, no answer: observe before doing anything
  WrongOrganization      these credentials belong to another organisation than the ledger or the manifest says
  UnsafePlan             a threshold or guard stopped the plan; carries the reasons
  StoreError             we cannot remember, so we do not act
  Stopped                somebody asked for a stop before the work was done
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.integrity import Integrity
from reconciler.model.problem import Problem


class ReconcilerError(Exception):
    """Base of all. `str()` is a sentence or two for a person: the thing, the place, the next step."""


class UsageError(ReconcilerError):
    pass


class DesiredStateError(ReconcilerError):
    """At least one error in the desired state. `problems` holds all findings, warnings too, sorted by place;
    `integrity` tells how whole the flow files are, as far as they could be read."""

    def __init__(self, problems: Sequence[Problem], *, integrity: Sequence[Integrity] = ()) -> None:
        self.problems = tuple(sorted(problems))
        self.integrity = tuple(integrity)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class RecordingError(ReconcilerError):
    """`message` is a clause that follows the recording's name, `code` a problem's."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        self.code, self.message, self.remedy = code, message, remedy
        super().__init__(f"{message}. {remedy}")


class SourceError(ReconcilerError):
    pass


class ProviderError(ReconcilerError):
    """A failed exchange with the platform. `method` and `path` carry no query string, so no signed URL leaks."""

    def __init__(
        self,
        message: str,
        *,
        method: str = "",
        path: str = "",
        status: int | None = None,
        code: str = "",
        correlation_id: str = "",
        request_id: str = "",
    ) -> None:
        self.message, self.method, self.path = message, method, path
        self.status, self.code, self.correlation_id = status, code, correlation_id
        self.request_id = request_id
        """Ours, sent along: finds the request in the logs, and at a gateway, when the platform named no id."""
        super().__init__(message)

    def __str__(self) -> str:
        facts = [f"{self.method} {self.path}".strip(), f"HTTP {self.status}" if self.status else "", self.code]
        ours = f"request id {self.request_id}" if self.request_id else ""
        facts.append(f"correlation id {self.correlation_id}" if self.correlation_id else ours)
        known = ", ".join(fact for fact in facts if fact)
        return f"{self.message} ({known})" if known else self.message


class TransientError(ProviderError):
    pass


class RateLimited(TransientError):
    """429. `retry_after` is seconds, None when the platform did not say."""

    retry_after: float | None = None


class Unavailable(TransientError):
    pass


class TimedOut(TransientError):
    pass


class PermanentError(ProviderError):
    pass


class Unauthenticated(PermanentError):
    pass


class Forbidden(PermanentError):
    pass


class NotFound(PermanentError):
    pass


class Conflicted(PermanentError):
    pass


class Rejected(PermanentError):
    pass


class Ambiguous(Rejected):
    pass


class Malformed(PermanentError):
    pass


class AmbiguousError(ProviderError):
    pass


class WrongOrganization(ReconcilerError):
    pass


class UnsafePlan(ReconcilerError):
    """The gate is shut. `reasons` are sentences that name the guard and the number that broke it."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(" ".join(self.reasons))


class StoreError(ReconcilerError):
    pass


class Stopped(ReconcilerError):
    pass
