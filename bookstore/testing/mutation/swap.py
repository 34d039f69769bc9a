"""Puts the code of a mutant where the code of the original is, whatever decorators were wrapped around it."""

import ast
import gc
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

from .mutants import Mutant


class NotLoaded(Exception):
    """No function of this name is in memory, so nothing can be put in its place."""


def apply(mutant: Mutant, filename: str) -> None:
    """Raises SyntaxError when the mutant is no Python."""
    text = mutant.text
    name = mutant.function.name
    defaults = _defaults(text, mutant)
    functions = [
        function
        for function in gc.get_objects()
        if type(function) is FunctionType  # isinstance would wake lazy objects
        and function.__code__.co_filename == filename
        and function.__code__.co_qualname == name
    ]
    if not functions:
        raise NotLoaded(mutant.name)
    code = _code(ast.parse(text), mutant, filename, outer=functions[0].__code__.co_freevars)
    for function in functions:
        function.__code__ = code
        if defaults is not None and defaults != _defaults(mutant.source.text, mutant):
            function.__defaults__, function.__kwdefaults__ = defaults


def _code(module: ast.Module, mutant: Mutant, filename: str, *, outer: tuple[str, ...]) -> CodeType:
    """The mutant's code. It names all that the original takes from outside, or Python refuses it (`__class__`, without
    the call of `super()`): in a branch that is never run."""
    unused = ast.If(ast.Constant(False), [ast.Expr(ast.Name(name, ast.Load())) for name in outer], [])
    if outer:
        _node(module, mutant).body.append(unused)
    codes = _codes(compile(ast.fix_missing_locations(module), filename, "exec"))
    return next(code for code in codes if code.co_qualname == mutant.function.name)


def _node(module: ast.Module, mutant: Mutant) -> ast.FunctionDef:
    return next(
        node
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef) and node.lineno == mutant.function.first
    )


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _defaults(text: str, mutant: Mutant) -> tuple[tuple[Any, ...] | None, dict[str, Any] | None] | None:
    """Default values of the function, or None where they are more than literals: mutmut leaves those alone."""
    node = _node(ast.parse(text), mutant)
    try:
        values = tuple(ast.literal_eval(value) for value in node.args.defaults)
        pairs = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        named = {argument.arg: ast.literal_eval(value) for argument, value in pairs if value is not None}
    except ValueError:
        return None
    return values or None, named or None
