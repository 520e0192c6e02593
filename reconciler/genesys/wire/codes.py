"""What the platform's error codes mean for the people who read them: cause and remedy, one line per code.

Source: the Genesys Cloud documentation (most of it an older edition, believed current) and the official provider. Codes
that nobody has documented are not guessed: what is not here is told with the platform's own sentence. That a recording
is of the wrong format or too long has no code at all, the resource shows `transcodeFailed`; we refuse such files before
they leave. The codes of messages without a recipient are not documented.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """`cause` is a sentence about what is wrong, `remedy` one about what to do."""

    cause: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.cause} {self.remedy}"


_USER_NAME = (
    "Letters, digits and underscores only, at most 200, beginning with a letter or digit and with a letter in it."
)
_FREE_IT = "Remove that use first, or leave the manifest in git."
_LATER = "The next pass of the service tries again; a command of your own you run again."
_BUG = "This is a mistake of ours: please report it, with the correlation id."

MEANINGS = {
    # Any endpoint.
    "response.entity.too.large": Meaning("The answer would be larger than the platform sends.", _BUG),
    "request.entity.too.large": Meaning(
        "The request is larger than the platform takes (512,000 bytes).", "Make the object smaller, or split it."
    ),
    "unsupported.media.type": Meaning("The platform does not take content of this type here.", _BUG),
    "authentication.required": Meaning(
        "The request reached the platform without a token.", "Check the gateway or proxy."
    ),
    "bad.credentials": Meaning(
        "The platform does not know our token.", "Check that credentials and GENESYSCLOUD_REGION belong together."
    ),
    "credentials.expired": Meaning("Our token has ended.", _LATER),
    "ip.not.authorized": Meaning(
        "The organisation does not accept our network address.", "Add it to the allowed addresses of the organisation."
    ),
    "missing.division.permission": Meaning(
        "The OAuth client has the permission, but not in the object's division.",
        "Give its role that division as well (a change takes up to five minutes to work).",
    ),
    "client.timeout": Meaning("The platform gave up waiting for our request.", _LATER),
    "too.many.requests.retry.after": Meaning("The platform's rate limit is used up.", _LATER),
    "internal.server.error": Meaning("The platform has trouble of its own.", _LATER),
    "service.unavailable": Meaning("The platform is not available at the moment.", _LATER),
    "request.timeout": Meaning("The platform did not finish in time.", _LATER),
    "authentication.request.timeout": Meaning("The platform could not check our token in time.", _LATER),
    "general.conflict": Meaning(
        "The object changed meanwhile, or something else uses it or its name.", "The next pass looks again."
    ),
    # Prompts.
    "architect.prompt.validate.failed.name": Meaning("The platform does not take this prompt name.", _USER_NAME),
    "architect.prompt.validate.failed.name.no.alpha": Meaning(
        "The prompt name has no letter or digit in it.", _USER_NAME
    ),
    "architect.prompt.validate.failed.missing.name": Meaning("The prompt has no name.", "Write metadata.name."),
    "architect.prompt.already.exists": Meaning(
        "A prompt of this name exists already.",
        "Choose another name, or take it over with the annotation reconciler/adopt: git.",
    ),
    "architect.prompt.not.found": Meaning("The prompt is not there (any more).", "The next pass looks again."),
    "architect.prompt.has.resources": Meaning(
        "The prompt still has recordings or texts.", "The next pass deletes them too."
    ),
    "architect.prompt.cannot.delete.used.in.queues": Meaning("Queues play this prompt.", _FREE_IT),
    "architect.prompt.resource.not.found": Meaning(
        "The prompt has nothing in this language (any more).", "The next pass looks again."
    ),
    "architect.prompt.resource.already.exists": Meaning(
        "The prompt has this language already.", "The next pass compares and updates it."
    ),
    "architect.prompt.resource.validate.failed.language": Meaning(
        "The platform does not know this language.", "Write a tag such as en-us, es-us or pt-br under resources."
    ),
    "architect.prompt.resource.invalid.tags": Meaning("The platform does not take the tags of this recording.", _BUG),
    "architect.prompt.resource.tags.already.exist": Meaning(
        "Another prompt has the same tags.", "Change the tags of one of them in Architect."
    ),
    # Flows.
    "architect.flow.already.exists": Meaning(
        "A flow of this type and name exists already.",
        "Choose another name, or take it over with the annotation reconciler/adopt: git.",
    ),
    "architect.flow.not.found": Meaning("The flow is not there (any more).", "The next pass looks again."),
    "architect.flow.deleted": Meaning("The flow was deleted.", "The next pass creates it anew if git wants it."),
    "architect.flow.version.missing": Meaning("This version of the flow does not exist.", "The next pass looks again."),
    "architect.flow.data.missing": Meaning("The platform has no content for this flow.", "Save it once in Architect."),
    "flow.no.config.available": Meaning("The flow was never saved.", "Save or delete it in Architect."),
    "architect.flow.locked.by.user": Meaning(
        "Somebody has the flow open in Architect.", "It is published once the lock is released."
    ),
    "architect.flow.not.locked.by.user": Meaning(
        "We do not hold the flow's lock (any more).", "The next pass looks again; somebody may have taken it over."
    ),
    "architect.flow.cannot.checkin.missing.config": Meaning("There is nothing to check in.", "Save the flow first."),
    "architect.flow.cannot.publish.missing.dependencies": Meaning(
        "The flow refers to things that the platform does not have.", "Create them, or correct the names in the file."
    ),
    "architect.flow.variable.missing": Meaning("The flow uses a variable that it does not declare.", "Declare it."),
    "architect.flow.cannot.publish.default": Meaning(
        "The platform's default flow cannot be published.", "Use another."
    ),
    "architect.flow.version.validate.failed.configuration.version": Meaning(
        "The flow was written for another version of Architect.", "Export it from Architect again and change that file."
    ),
    "architect.flow.validate.failed.missing.name": Meaning("The flow has no name.", "Write name below its root key."),
    "architect.flow.validate.failed.missing.type": Meaning(
        "The flow has no type.", "Write its root key, as inboundCall."
    ),
    "architect.flow.validate.failed.invalid.name.contains.slash": Meaning(
        "A flow's name must not contain a slash.", "Choose another name."
    ),
    "architect.flow.validate.failed.invalid.name.contains.debug": Meaning(
        "A flow's name must not end in -debug.", "Choose another name."
    ),
    "architect.flow.validate.failed.invalid.name.no.alpha": Meaning(
        "A flow's name needs a letter or digit.", "Choose another name."
    ),
    "architect.system.flow.name.or.description.error": Meaning(
        "Name and description of a system flow are fixed.", "Take this flow out of git."
    ),
    "architect.flow.cannot.delete.used.in.ivr.configs": Meaning("Call routes use this flow.", _FREE_IT),
    "architect.flow.cannot.delete.used.in.queues": Meaning("Queues use this flow.", _FREE_IT),
    "architect.flow.cannot.delete.used.in.flows": Meaning("Other flows use this flow.", _FREE_IT),
    "architect.flow.cannot.delete.used.in.email.routes": Meaning("E-mail routes use this flow.", _FREE_IT),
    "architect.flow.cannot.delete.used.in.emergency.groups": Meaning("Emergency groups use this flow.", _FREE_IT),
    "architect.flow.cannot.delete.used.in.composer.scripts": Meaning("Scripts use this flow.", _FREE_IT),
    "architect.flow.cannot.delete.used.by.message.addresses": Meaning("Message addresses use this flow.", _FREE_IT),
    "architect.flow.cannot.delete.user.does.not.have.lock": Meaning(
        "Somebody has the flow open in Architect.", "It is deleted once the lock is released."
    ),
    "architect.default.flow.cannot.delete": Meaning("The platform's default flow cannot be deleted.", "Leave it."),
    # Everything Architect keeps.
    "architect.dependency.object.in.use": Meaning("Something else uses this object.", _FREE_IT),
    "architect.operation.already.in.progress": Meaning("The platform is still working on this object.", _LATER),
    "architect.batch.too.large": Meaning("Too many objects in one request.", _BUG),
    "architect.batch.delete.failed": Meaning("Some of the objects could not be deleted.", "The next pass looks again."),
    "architect.dependency.object.invalid.type": Meaning("The platform does not track objects of this type.", _BUG),
    "architect.dependency.object.version.not.specified": Meaning("The platform wants a version here.", _BUG),
    "architect.dependency.object.not.found": Meaning(
        "The platform's dependency tracking does not know this object (yet).", "Try again in a minute."
    ),
    "architect.dependencies.build.in.progress": Meaning(
        "The platform is rebuilding its dependency tracking.", "Try again when it has finished."
    ),
    "architect.query.parameter.missing": Meaning("The request lacks a parameter.", _BUG),
    # Data tables.
    "flows.datatables.cannot.remove.fields": Meaning(
        "Fields cannot be taken out of a data table.", "Keep the field, or make a new table."
    ),
    "flows.datatables.schema.exception": Meaning(
        "The data table's schema is not valid.", "Correct it in the manifest."
    ),
    "flows.datatables.syntax.error": Meaning("The data table's content is not valid.", "Correct it in the manifest."),
    "flows.datatables.too.many.schemas": Meaning("The organisation has as many data tables as it may.", "Delete one."),
    "flows.datatables.too.many.properties": Meaning("The data table has too many fields.", "Remove some."),
    "flows.datatables.too.many.rows": Meaning("The data table has too many rows.", "Remove some."),
    "flows.datatables.not.unique": Meaning(
        "A table of this name, or a row of this key, exists already.", "Choose another."
    ),
    "flows.datatables.table.not.found": Meaning(
        "The data table is not there (any more).", "The next pass looks again."
    ),
    "flows.datatables.row.not.found": Meaning("The row is not there (any more).", "The next pass looks again."),
    "flows.datatables.server.too.busy": Meaning("The data tables are busy.", _LATER),
}


def meaning(codes: Iterable[str]) -> Meaning | None:
    """What the first known code means; give nested ones first, they say more than `bad.request` around them."""
    return next((MEANINGS[code] for code in codes if code in MEANINGS), None)
