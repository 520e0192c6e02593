"""The platform's API as the official SDK knows it, reduced to facts.

    python -m tests.contract.platform.extract

reads the source of the installed package PureCloudPlatformClientV2 (dependency group `contract`) and writes
`sdk-VERSION.json` beside this file: for each endpoint in `WANTED` its path and query parameters, body and answer; for
each model that those reach, directly or through others, its fields, their types and the values of enums. Run it after
raising the SDK's version or widening `WANTED`; `test_platform_contract.py` says when that is due.

The SDK is generated from the platform's own description, so its regular source is read as text: importing its 6,600
models takes many seconds. Models refer to each other by name, so there is no depth at which anything is cut off.
What this SDK does not say: status codes, which fields of a body are required, and the values of query parameters.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

PACKAGE = "PureCloudPlatformClientV2"
WANTED = (
    "/api/v2/analytics/conversations/aggregates/*",
    "/api/v2/analytics/flows/*",
    "/api/v2/analytics/queues/observations/query",
    "/api/v2/architect/*",
    "/api/v2/audits/query*",
    "/api/v2/authorization/divisions*",
    "/api/v2/authorization/divisionspermitted*",
    "/api/v2/authorization/products",
    "/api/v2/authorization/roles",
    "/api/v2/authorization/roles/{roleId}",
    "/api/v2/authorization/subjects/me",
    "/api/v2/conversations/messages/{conversationId}",
    "/api/v2/conversations/messages/{conversationId}/communications/{communicationId}/messages*",
    "/api/v2/conversations/messages/{conversationId}/messages*",
    "/api/v2/conversations/messages/{integrationId}/inbound/open/*",
    "/api/v2/conversations/messages/{messageId}/details",
    "/api/v2/conversations/messages/agentless",
    "/api/v2/flows*",
    "/api/v2/groups",
    "/api/v2/groups/search",
    "/api/v2/groups/{groupId}",
    "/api/v2/organizations/limits/namespaces*",
    "/api/v2/organizations/me",
    "/api/v2/routing/queues*",
    "/api/v2/telephony/providers/edges/did*",
    "/api/v2/textbots/*",
    "/api/v2/tokens/me",
    "/api/v2/users",
    "/api/v2/users/search",
    "/api/v2/users/{userId}",
    "/api/v2/webdeployments/*",
)
"""The paths we keep, a star for any end: what the client calls, what the sandbox serves, the neighbours of both."""
PLAIN = {"LocalDateTime"}
"""Types with a model's kind of name that the SDK itself reads as plain values."""
ERROR = "ErrorBody"
"""The shape of every refusal; no endpoint names it."""

_FUNCTION = re.compile(r"^    def (\w+)\(self.*?(?=^    def |\Z)", re.DOTALL | re.MULTILINE)
_PATH = re.compile(r"resource_path = '([^']+)'")
_CALL = re.compile(r"call_api\(resource_path, '([A-Z]+)'")
_ANSWER = re.compile(r"response_type=(?:'([^']+)'|None)")
_PARAMETER = re.compile(r"^        :param (\S+(?: \S+\))?) (\w+):(.*)$", re.MULTILINE)
_PLACED = re.compile(r"(path|query|header)_params\['([^']+)'\] = params\['(\w+)'\]")
_BODY = re.compile(r"body_params = params\['(\w+)'\]")
_CLASS = re.compile(r"^class (\w+)\(object\):", re.MULTILINE)
_TABLE = r"self\.{} = \{{(.*?)\n        \}}"
_PAIR = re.compile(r"'(\w+)': '([^']+)'")
_ENUM = re.compile(r"allowed_values = \[(.*)\]\n        if (\w+)\.lower\(\)")
_MODEL = re.compile(r"\b[A-Z]\w+")

Facts = dict[str, Any]


def contract(package: Path, version: str, wanted: Iterable[str] = WANTED) -> Facts:
    """All facts, ready to be written. Raises ValueError when the SDK's source no longer reads as expected."""
    paths = tuple(wanted)
    endpoints: dict[str, Facts] = {}
    for file in sorted((package / "apis").glob("*_api.py")):
        for name, facts in _endpoints(file.read_text("utf-8")):
            if _is_wanted(name.partition(" ")[2], paths) and endpoints.setdefault(name, facts) != facts:
                raise ValueError(f"{name} is described twice, differently")
    reached = {ERROR, *_models_of(endpoints.values())}
    files = _model_files(package)
    models: dict[str, Facts] = {}
    while reached:
        name = reached.pop()
        models[name] = _model(files[name].read_text("utf-8"))
        reached |= _models_of([models[name]["fields"]]) - models.keys()
    return {"sdk": f"{PACKAGE} {version}", "endpoints": endpoints, "models": models}


def _is_wanted(path: str, wanted: Iterable[str]) -> bool:
    return any(path.startswith(one[:-1]) if one.endswith("*") else path == one for one in wanted)


def _endpoints(source: str) -> Iterator[tuple[str, Facts]]:
    for function in _FUNCTION.finditer(source):
        text = function[0]
        path, method, answer = _PATH.search(text), _CALL.search(text), _ANSWER.search(text)
        if path is None or method is None or answer is None:
            continue
        types = {name: (type, "(required)" in said) for type, name, said in _PARAMETER.findall(text)}
        facts: Facts = {"path": {}, "query": {}, "needs": [], "body": None, "answer": answer[1]}
        for where, name, argument in _PLACED.findall(text):
            type, required = types[argument]
            if where != "header":
                facts[where][name] = type
            if where == "query" and required:
                facts["needs"].append(name)
        if body := _BODY.search(text):
            facts["body"], facts["body_needed"] = types[body[1]]
        yield f"{method[1]} {path[1]}", facts


def _model_files(package: Path) -> Mapping[str, Path]:
    """Where each model is, from the imports of the package's index."""
    index = (package / "models" / "__init__.py").read_text("utf-8")
    return {
        name: package / "models" / f"{module}.py"
        for module, name in re.findall(r"^from \.(\w+) import (\w+)", index, re.MULTILINE)
    }


def _model(source: str) -> Facts:
    types = dict(_PAIR.findall(_table("swagger_types", source)))
    names = dict(_PAIR.findall(_table("attribute_map", source)))
    if types.keys() != names.keys():
        raise ValueError("a model whose types and names differ")
    enums = {names[attribute]: json.loads(f"[{values}]") for values, attribute in _ENUM.findall(source)}
    facts: Facts = {"fields": {names[attribute]: type for attribute, type in types.items()}}
    return facts | ({"enums": enums} if enums else {})


def _table(name: str, source: str) -> str:
    found = re.search(_TABLE.format(name), source, re.DOTALL)
    return found[1] if found else ""


def _models_of(facts: Iterable[Any]) -> set[str]:
    """Names of models in the types of these facts."""
    return set(_MODEL.findall(" ".join(type for one in facts for type in _types(one)))) - PLAIN


def _types(facts: Mapping[str, Any]) -> Iterator[str]:
    for key, value in facts.items():
        if isinstance(value, dict):
            yield from value.values()
        elif isinstance(value, str) and key != "needs":
            yield value


def rendered(facts: Facts) -> str:
    """JSON with one line for each endpoint and model, sorted, so that differences read well."""

    def lines(part: Mapping[str, Any]) -> str:
        return ",\n".join(f"{json.dumps(key)}:{_compact(part[key])}" for key in sorted(part))

    return (
        f'{{"sdk":{json.dumps(facts["sdk"])},\n"endpoints":{{\n{lines(facts["endpoints"])}\n}},\n'
        f'"models":{{\n{lines(facts["models"])}\n}}}}\n'
    )


def _compact(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def installed() -> tuple[Path, str]:
    """The SDK's directory and version, without importing it. Raises ModuleNotFoundError."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"{PACKAGE} is not installed; it is in the dependency group `contract`")
    return Path(found.origin).parent, importlib.metadata.version(PACKAGE)


def main() -> None:
    package, version = installed()
    target = Path(__file__).with_name(f"sdk-{version}.json")
    target.write_text(rendered(contract(package, version)), "utf-8")
    print(f"{target.name}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
