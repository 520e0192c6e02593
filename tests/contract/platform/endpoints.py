"""Which endpoints the two sides have: the client's from its source, the sandbox's from its table.

The client names an endpoint by a constant with the documented path and hands it, often through functions of its own,
to `client.request("METHOD", ...)`, to one of the client's shorter ways to GET, or into a value that describes a list.
The source is followed along those hands, so an endpoint counts from the moment it is written, whether or not any test
calls it.
"""

from __future__ import annotations

import ast
import functools
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from types import ModuleType

import reconciler.genesys
from reconciler.genesys.wire.translate import Place
from tests.contract.platform.deviations import LOGIN_PATH

API = "/api/"


class Untraceable(Exception):
    """A template is handed somewhere we cannot follow; the sentence says where."""


@functools.cache
def of_client() -> frozenset[str]:
    """`METHOD template` of everything the client can call, the login included. Raises Untraceable."""
    found = {f"POST {LOGIN_PATH}"}
    for name, source in _sources().items():
        for call in _calls(source.tree):
            for at, argument in _arguments(call):
                template = source.template(argument)
                if template is not None:
                    found |= {f"{method} {template}" for method in _methods(source, call, at, name)}
    named = {value for source in _sources().values() for value in vars(source.module).values() if _is_template(value)}
    if missed := named - {endpoint.partition(" ")[2] for endpoint in found}:
        raise Untraceable(f"no call found for {', '.join(sorted(missed))}")
    return frozenset(found)


def of_sandbox() -> frozenset[str]:
    """`METHOD template` of everything the sandbox serves, its control plane aside."""
    from reconciler.sandbox import server

    return frozenset(f"{one.method} {one.template}" for area in server.AREAS for one in area.ENDPOINTS)


class _Source:
    def __init__(self, module: ModuleType, tree: ast.Module) -> None:
        self.module, self.tree = module, tree
        self.functions = {
            node.name: node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        }

    def template(self, node: ast.expr) -> str | None:
        """The API path that an argument is, None for anything else."""
        match node:
            case ast.Constant(value=str(text)):
                value: object = text
            case ast.Name(id=name):
                value = vars(self.module).get(name)
            case ast.Attribute(value=ast.Name(id=module), attr=name):
                value = getattr(vars(self.module).get(module), name, None)
            case _:
                return None
        return str(value) if _is_template(value) else None


@functools.cache
def _sources() -> Mapping[str, _Source]:
    sources = {}
    for found in pkgutil.walk_packages(reconciler.genesys.__path__, "reconciler.genesys."):
        module = importlib.import_module(found.name)
        with open(str(module.__file__), encoding="utf-8") as file:  # noqa: PTH123
            sources[found.name] = _Source(module, ast.parse(file.read()))
    return sources


def _methods(source: _Source, call: ast.Call, at: int | str, place: str) -> Iterator[str]:
    """The methods with which the argument `at` of this call is finally requested."""
    match call.func:
        case ast.Attribute(value=ast.Name(id="client"), attr="request"):
            yield _literal(call.args[0], place)
            return
        case ast.Attribute(value=ast.Name(id="client")):
            yield "GET"
            return
        case ast.Name(id=name):
            callee = vars(source.module).get(name)
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            callee = getattr(vars(source.module).get(module), name, None)
        case _:
            callee = None
    home = _sources().get(getattr(callee, "__module__", ""))
    if isinstance(callee, type):
        if not issubclass(callee, (Exception, Place)):  # those tell of an endpoint, others describe a list
            yield "GET"
    elif home is not None and callee.__name__ in home.functions:
        yield from _through(home, home.functions[callee.__name__], at, home.module.__name__)
    else:
        raise Untraceable(f"{place}:{call.lineno}: an endpoint goes to {ast.unparse(call.func)}")


def _through(
    source: _Source, function: ast.FunctionDef | ast.AsyncFunctionDef, at: int | str, place: str
) -> Iterator[str]:
    """The methods with which a function requests its parameter `at`."""
    parameter = function.args.args[at].arg if isinstance(at, int) else at
    for call in _calls(function):
        for position, argument in _arguments(call):
            if isinstance(argument, ast.Name) and argument.id == parameter:
                yield from _methods(source, call, position, place)


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _arguments(call: ast.Call) -> Iterator[tuple[int | str, ast.expr]]:
    yield from enumerate(call.args)
    yield from ((keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg is not None)


def _literal(node: ast.expr, place: str) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise Untraceable(f"{place}:{node.lineno}: the method is {ast.unparse(node)}, not a literal")


def _is_template(value: object) -> bool:
    return isinstance(value, str) and value.startswith(API)
