"""The rules of signed addresses, as object stores apply them: the headers that were signed, and no other credential."""

from __future__ import annotations

from reconciler.sandbox.answers import Json, StorageError
from reconciler.sandbox.calls import Call


def signed_put(call: Call, slot: Json | None) -> Json:
    """The slot. Raises StorageError unless the address is alive, its headers came along, and no token did."""
    if slot is None:
        raise StorageError(403, "AccessDenied", "The address is unknown or has expired.")
    if slot["expires"] <= call.world.now():
        raise StorageError(403, "AccessDenied", "Request has expired")
    if "authorization" in call.headers:
        raise StorageError(400, "InvalidArgument", "Only one auth mechanism allowed; send no Authorization header.")
    for name, value in slot["headers"].items():
        if call.headers.get(name.lower()) != value:
            raise StorageError(403, "SignatureDoesNotMatch", f"The header {name} is not the one that was signed.")
    return slot
