"""Makes mutants of a Python file: one small change to its text each.

The operators: comparisons (boundary and negation), arithmetic, `and`/`or`, `not`, conditions, numbers, True and False,
`min`/`max`, `any`/`all`, `break`/`continue`, elements of literals, and statements that are taken away. Annotations,
decorators, docstrings and other strings stay as they are, and so does `strict=` of `zip`.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

_COMPARISONS: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Lt: ("<=", ">="),
    ast.LtE: ("<", ">"),
    ast.Gt: (">=", "<="),
    ast.GtE: (">", "<"),
    ast.Eq: ("!=",),
    ast.NotEq: ("==",),
    ast.Is: ("is not",),
    ast.IsNot: ("is",),
    ast.In: ("not in",),
    ast.NotIn: ("in",),
}
_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "/",
    ast.Div: "*",
    ast.FloorDiv: "*",
    ast.Mod: "*",
    ast.BitOr: "&",
    ast.BitAnd: "|",
}
_TWINS = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change to a file: its lines before and after, and the bytes that are replaced."""

    file: str
    line: int
    before: str  # the lines that change, in one
    after: str
    start: int
    end: int
    text: bytes
    occurrence: int = 0  # of equal changes to equal lines of a file

    @property
    def key(self) -> tuple[str, str, str]:
        """What identifies it when lines above it come and go."""
        return (self.file, self.before, self.after)

    def applied_to(self, source: bytes) -> bytes:
        """The file with the change."""
        return source[: self.start] + self.text + source[self.end :]

    def __str__(self) -> str:
        return f"{self.file}:{self.line}\n    - {self.before}\n    + {self.after}"


def mutants_of(file: str, source: bytes) -> list[Mutant]:
    """Every mutant of a file, in the order of its text."""
    found = _Finder(source)
    found.visit(ast.parse(source))
    seen: Counter[tuple[str, str]] = Counter()
    mutants = []
    for start, end, text in sorted(found.changes):
        changed = source[:start] + text + source[end:]
        first, last = source.rfind(b"\n", 0, start) + 1, source.find(b"\n", end)
        before, after = (
            _in_one_line(part) for part in (source[first:last], changed[first : last + len(text) - end + start])
        )
        mutants.append(
            Mutant(
                file=file,
                line=source.count(b"\n", 0, start) + 1,
                before=before,
                after=after,
                start=start,
                end=end,
                text=text,
                occurrence=seen[before, after],
            )
        )
        seen[before, after] += 1
    return mutants


def sample(
    mutants: Sequence[Mutant], size: int, seed: int, is_valid: Callable[[Mutant], bool] = lambda _: True
) -> list[Mutant]:
    """A sample that stays nearly the same when the code changes a little: those with the smallest hashes, by hash.

    A smaller sample is the beginning of a larger one.
    """

    def hash_of(mutant: Mutant) -> bytes:
        return hashlib.sha256(repr((seed, *mutant.key, mutant.occurrence)).encode()).digest()

    return list(islice((m for m in sorted(mutants, key=hash_of) if is_valid(m)), size))


def _in_one_line(text: bytes) -> str:
    return " ".join(text.decode().split())


class _Finder(ast.NodeVisitor):
    """Collects changes as (start, end, replacement), in bytes of the source."""

    def __init__(self, source: bytes) -> None:
        self.changes: list[tuple[int, int, bytes]] = []
        self._source = source
        self._starts = [0]
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._depth = 0  # of functions

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._starts[node.lineno - 1] + node.col_offset, self._starts[node.end_lineno - 1] + node.end_col_offset

    def _replace(self, node: ast.expr | ast.stmt, text: str) -> None:
        self.changes.append((*self._span(node), text.encode()))

    def _text(self, node: ast.expr | ast.stmt) -> str:
        start, end = self._span(node)
        return self._source[start:end].decode()

    def _between(self, left: ast.expr, right: ast.expr, pattern: str, new: str) -> None:
        """Replace the operator between two operands."""
        start, end = self._span(left)[1], self._span(right)[0]
        found = re.search(pattern.encode(), self._source[start:end])
        assert found is not None, (self._text(left), pattern)
        self.changes.append((start + found.start(), start + found.end(), new.encode()))

    # What has no effect when a program runs, or none that a test should look at.

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._depth += 1
        for default in (*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)):
            self.visit(default)
        for statement in node.body:
            self.visit(statement)
        self._depth -= 1

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for statement in node.body:
            self.visit(statement)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None and "TypeAlias" not in ast.dump(node.annotation):
            self.visit(node.value)

    def visit_arg(self, node: ast.arg) -> None:
        pass

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        pass  # messages, and SQL, whose mutants are made by hand

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg != "strict":
            self.visit(node.value)

    # Expressions.

    def visit_Compare(self, node: ast.Compare) -> None:
        operands = [node.left, *node.comparators]
        for left, operator, right in zip(operands, node.ops, operands[1:], strict=False):
            pattern = {ast.IsNot: r"is\s+not", ast.NotIn: r"not\s+in"}.get(type(operator), r"[<>=!]=?|is|in")
            for new in _COMPARISONS[type(operator)]:
                self._between(left, right, pattern, new)
            if isinstance(right, ast.Tuple):
                self._without_elements(right)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        new = _ARITHMETIC.get(type(node.op))
        if new is not None and not isinstance(node.left, ast.JoinedStr):
            self._between(node.left, node.right, r"//|[-+*/%|&]", new)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._replace(node, "pass")
        self.visit(node.value)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        for left, right in zip(node.values, node.values[1:], strict=False):
            if isinstance(node.op, ast.And):
                self._between(left, right, r"\band\b", "or")
            else:
                self._between(left, right, r"\bor\b", "and")
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not | ast.USub):
            self._replace(node, self._text(node.operand))
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self._replace(node, str(not node.value))
        elif isinstance(node.value, int):
            self._replace(node, str(node.value + 1))
        elif isinstance(node.value, float):
            self._replace(node, repr(node.value * 2.0 or 1.0))

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id in _TWINS:
            self._replace(node.func, _TWINS[node.func.id])
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for condition in node.ifs:
            self._negate(condition)
        self.generic_visit(node)

    def visit_Set(self, node: ast.Set) -> None:
        self._without_elements(node)
        self.generic_visit(node)

    def visit_Tuple(self, node: ast.Tuple) -> None:
        if self._depth == 0 and isinstance(node.ctx, ast.Load):
            self._without_elements(node)
        for element in node.elts:
            # A tuple in a tuple is a row: without one of its columns everything fails.
            if isinstance(element, ast.Tuple):
                self.generic_visit(element)
            else:
                self.visit(element)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)
        if not isinstance(node.slice, ast.Tuple):
            self.visit(node.slice)

    def _without_elements(self, node: ast.Set | ast.Tuple) -> None:
        if len(node.elts) < 2:
            return
        for element in node.elts:
            start, end = self._span(element)
            comma = re.match(rb"\s*,", self._source[end:])
            self.changes.append((start, end + (comma.end() if comma else 0), b""))

    def _negate(self, test: ast.expr) -> None:
        """Turn a condition that has no operator of its own, which would be turned already."""
        if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp | ast.NamedExpr):
            self._replace(test, f"(not {self._text(test)})")

    # Statements.

    def visit_If(self, node: ast.If) -> None:
        if self._text(node.test) != "TYPE_CHECKING":
            self._negate(node.test)
            self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant):
            return
        self._replace(node, "pass")
        self.visit(node.value)

    def visit_Raise(self, node: ast.Raise) -> None:
        self._replace(node, "pass")

    def visit_Break(self, node: ast.Break) -> None:
        self._replace(node, "continue")

    def visit_Continue(self, node: ast.Continue) -> None:
        self._replace(node, "break")

    def visit_Assert(self, node: ast.Assert) -> None:
        pass  # what the types need


def load_mutants(files: Iterable[tuple[str, bytes]]) -> list[Mutant]:
    """Every mutant of some files."""
    return [m for file, source in files for m in mutants_of(file, source)]


def is_python(source: bytes) -> bool:
    """Whether a source compiles: what does not would be killed by any test."""
    try:
        compile(source, "mutant", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True
