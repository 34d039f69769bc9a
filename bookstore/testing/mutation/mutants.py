"""The mutants of a file: what mutmut's operators make of its functions."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import unified_diff
from functools import cached_property
from pathlib import Path

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

NOTHING_IGNORED = IgnoredCode(set(), set(), set())


@dataclass(frozen=True)
class Function:
    """A function of a module or a method of a class."""

    name: str
    first: int
    last: int


@dataclass
class Source:
    path: str
    text: str = field(repr=False)
    module: cst.Module = field(repr=False)

    @cached_property
    def functions(self) -> list[Function]:
        return list(_functions(ast.parse(self.text).body, ""))

    def function_at(self, line: int) -> Function | None:
        return next(
            (function for function in self.functions if function.first <= line <= function.last), None
        )

    def statement_at(self, line: int) -> range:
        """Lines of the innermost statement around a line: the whole of a simple one, the head of a compound one."""
        spans = [_span(node) for node in ast.walk(ast.parse(self.text)) if isinstance(node, ast.stmt)]
        around = [span for span in spans if line in span]
        return max(around, key=lambda span: (span.start, -span.stop), default=range(line, line + 1))


@dataclass
class Mutant:
    source: Source = field(repr=False)
    function: Function
    number: int
    line: int
    original: cst.CSTNode = field(repr=False)
    mutated: cst.CSTNode = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.source.path}:{self.function.name}:{self.number}"

    @property
    def key(self) -> str:
        """Another one as soon as the function is another one."""
        lines = self.source.text.splitlines()[self.function.first - 1 : self.function.last]
        return f"{self.name} {hashlib.sha256(chr(10).join(lines).encode()).hexdigest()[:12]}"

    @property
    def text(self) -> str:
        """The file with this one change."""
        changed = self.source.module.deep_replace(self.original, self.mutated)
        assert isinstance(changed, cst.Module)
        return changed.code

    @property
    def diff(self) -> str:
        lines = unified_diff(self.source.text.splitlines(), self.text.splitlines(), lineterm="", n=0)
        return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


def of_file(path: Path, *, name: str) -> list[Mutant]:
    text = path.read_text()
    wrapper = MetadataWrapper(cst.parse_module(text))
    visitor = _Visitor([*mutation_operators, (cst.SimpleStatementLine, leave_call_out)], NOTHING_IGNORED)
    source = Source(name, text, wrapper.visit(visitor))
    lines = wrapper.resolve(PositionProvider)
    found = ((mutation, lines[mutation.original_node].start.line) for mutation in visitor.mutations)
    counts: dict[str, int] = {}
    mutants = []
    for mutation, line in found:
        if function := source.function_at(line):
            number = counts[function.name] = counts.get(function.name, 0) + 1
            mutants.append(
                Mutant(source, function, number, line, mutation.original_node, mutation.mutated_node)
            )
    return mutants


def leave_call_out(node: cst.CSTNode) -> Iterable[cst.CSTNode]:
    """An operator that mutmut lacks: `order.cancel()` to `pass`."""
    assert isinstance(node, cst.SimpleStatementLine)
    statement = node.body[0]
    if (
        isinstance(statement, cst.Expr)
        and isinstance(statement.value, cst.Call)
        and not _is_log(statement.value)
    ):
        yield node.with_changes(body=[cst.Pass()])


class _Visitor(MutationVisitor):
    """mutmut's, but into decorated functions too.

    Not into log lines and the words of an exception; nor into how a row is locked, of which SQLite knows nothing.
    """

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef):
            return False
        if isinstance(node, cst.Raise):
            return _only_says(node)
        if isinstance(node, cst.Call) and (_is_log(node) or _asks_for_a_lock(node)):
            return True
        return super()._skip_node_and_children(node)


def _is_log(call: cst.Call) -> bool:
    function = call.func
    return (
        isinstance(function, cst.Attribute)
        and isinstance(function.value, cst.Name)
        and function.value.value == "logger"
    )


def _asks_for_a_lock(call: cst.Call) -> bool:
    return isinstance(call.func, cst.Attribute) and call.func.attr.value == "select_for_update"


def _only_says(node: cst.Raise) -> bool:
    """`raise Malformed("no object")`: the kind is what counts, nobody but a log reads the words."""
    said = (cst.SimpleString, cst.FormattedString, cst.ConcatenatedString)
    return isinstance(node.exc, cst.Call) and all(isinstance(arg.value, said) for arg in node.exc.args)


def _functions(body: list[ast.stmt], within: str) -> Iterator[Function]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _functions(node.body, f"{within}{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            yield Function(within + node.name, node.lineno, node.end_lineno or node.lineno)


def _span(node: ast.stmt) -> range:
    end = node.end_lineno or node.lineno
    body = getattr(node, "body", None)
    return range(node.lineno, max(body[0].lineno, node.lineno + 1) if body else end + 1)
