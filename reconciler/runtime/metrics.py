"""What the service counts, under the names users of other GitOps tools expect. No name or commit is ever a label."""

from __future__ import annotations

import math

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from reconciler.model.change import Action
from reconciler.model.event import Result
from reconciler.runtime.delivery import Attempted
from reconciler.runtime.parts import PassResult

_DEPLOYMENT_BUCKETS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0)
"""A conversion that takes longer than a minute is given up, unless the operator allows more."""
_BUCKETS = (0.01, 0.04, 0.14, 0.54, 2.0, 7.7, 29.6, 114.0, 438.0, 1800.0)


class Metrics:
    """One registry per process; nothing global, so tests and simulations do not share counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.passes = Histogram(
            "reconciler_reconcile_duration_seconds",
            "Seconds per pass",
            ["result"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.changes = Counter(
            "reconciler_changes_total",
            "Attempted changes by result",
            ["kind", "action", "result"],
            registry=self.registry,
        )
        self.planned = Gauge("reconciler_plan_changes", "Changes in the last plan", ["op"], registry=self.registry)
        self.drifted = Gauge("reconciler_drifted", "Objects drifted in the last plan", ["kind"], registry=self.registry)
        self.requests = Counter(
            "reconciler_api_requests_total", "Platform requests by status", ["code"], registry=self.registry
        )
        self.deployments = Histogram(
            "reconciler_prompt_deployment_seconds",
            "Seconds from the start of a prompt's change until callers can hear it",
            buckets=_DEPLOYMENT_BUCKETS,
            registry=self.registry,
        )
        self.ready = Gauge(
            "reconciler_prompts_ready_ratio",
            "Share of wanted prompts that play in every language",
            registry=self.registry,
        )
        self.ready.set(math.nan)  # nothing is known before the first pass, and an alert must not fire on that
        self.remaining = Gauge(
            "reconciler_api_rate_limit_remaining", "Requests left in the platform's window", registry=self.registry
        )
        self.outbox = Gauge("reconciler_outbox_pending", "Webhook deliveries waiting", registry=self.registry)
        """Set by whoever shows the metrics: the ledger knows."""
        self.deliveries = Counter(
            "reconciler_webhook_deliveries_total", "Webhook attempts by result", ["result"], registry=self.registry
        )
        self.last_sync = Gauge(
            "reconciler_last_sync_timestamp", "Unix time of the last successful pass", registry=self.registry
        )

    def count_pass(self, result: PassResult | None, seconds: float, *, unix_time: float) -> None:
        """Count one pass; None is a pass that could not be made."""
        if result is None:
            self.passes.labels("error").observe(seconds)
            return
        self.passes.labels({0: "success", 1: "failed"}.get(result.exit_code, "partial")).observe(seconds)
        counts = result.plan.counts
        for op in ("add", "change", "destroy", "adopt", "blocked"):
            self.planned.labels(op).set(getattr(counts, op))
        drifted = {change.key for change in result.plan.changes if change.drift is not None}
        for kind in ("Prompt", "Flow", "CallRoute"):
            self.drifted.labels(kind).set(sum(key.kind == kind for key in drifted))
        for end in result.outcomes.values():
            action: Action = end.change.action
            self.changes.labels(end.change.key.kind, action, end.result or "skipped").inc()
            if (end.change.key.kind, end.result) == ("Prompt", Result.APPLIED) and action in (
                Action.CREATE,
                Action.UPDATE,
            ):
                self.deployments.observe(end.seconds)
        self.ready.set(result.prompts.share)
        if result.exit_code == 0:
            self.last_sync.set(unix_time)

    def count_request(self, request: str, status: int, seconds: float, remaining: int | None) -> None:
        """Count one platform request; `request` is `GET /api/v2/flows`, status 0 means no answer."""
        del request, seconds
        self.requests.labels(str(status) if status else "none").inc()
        if remaining is not None:
            self.remaining.set(remaining)

    def count_delivery(self, attempted: Attempted) -> None:
        """Count one webhook attempt."""
        self.deliveries.labels(str(attempted.delivery.state)).inc()

    def text(self) -> bytes:
        return generate_latest(self.registry)
