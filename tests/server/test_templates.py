"""The style of templates: short lines, no arithmetic; and how their line breaks render."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from passplan.resources import shipped
from passplan.server.shared.line_breaks import LineBreaks

FOLDER = shipped("web") / "templates"
TEMPLATES = sorted(path for path in FOLDER.rglob("*") if path.is_file())
MOST_CHARACTERS = 140
ARITHMETIC = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow)
ENVIRONMENT = Environment(extensions=[LineBreaks], autoescape=True)


def long_lines(template: str) -> list[int]:
    """The numbers of lines that are too long."""
    return [k for k, line in enumerate(template.splitlines(), 1) if len(line) > MOST_CHARACTERS]


def arithmetic(template: str) -> list[int]:
    """The numbers of lines that compute; `'%d' % n` is a format."""
    tree = ENVIRONMENT.parse(template)
    lines = [n.lineno for n in tree.find_all(nodes.BinExpr) if isinstance(n, ARITHMETIC) and not is_format(n)]
    return lines + [n.lineno for n in tree.find_all(nodes.Getattr) if n.attr == "total_seconds"]


def is_format(node: nodes.BinExpr) -> bool:
    return isinstance(node, nodes.Mod) and isinstance(node.left, nodes.Const) and isinstance(node.left.value, str)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(FOLDER)))
def test_a_template_has_short_lines_and_no_arithmetic(path: Path) -> None:
    template = path.read_text()

    assert [] == long_lines(template)
    assert [] == arithmetic(template)


def test_a_long_line_and_arithmetic_would_be_found() -> None:
    assert 25 < len(TEMPLATES)
    assert [2] == long_lines(f"{'x' * 140}\n{'x' * 141}\n")
    assert [1] == arithmetic("{{ rows|length - 12 }}")
    assert [2] == arithmetic("\n{% if a.los - a.aos > b %}{% endif %}")
    assert [1] == arithmetic("{{ left.total_seconds()|duration }}")
    assert [1] == arithmetic('<rect width="{{ 96 * x }}"/>')
    assert [] == arithmetic("{{ '%d' % n }}{{ 'url(#' ~ n ~ ')' }}{{ rows[12:]|length }}{{ -4 if loop.first else 4 }}")


@pytest.mark.parametrize(
    ("template", "page"),
    [
        ("<p>\n  {{ a }}\n</p>\n", "<p>1</p>"),
        ("<p>\n  {{ a }}, <b>x</b>\n</p>", "<p>1, <b>x</b></p>"),
        ("<b>{{ a }}</b>\n{{ ' ' }}<b>x</b>", "<b>1</b> <b>x</b>"),
        ("<ul>\n  {% for x in (1, 2) %}\n    <li>{{ x }}</li>\n  {% endfor %}\n</ul>", "<ul><li>1</li><li>2</li></ul>"),
        ("{% if a %} <b>x</b>{% endif %}", " <b>x</b>"),
        ('<input\n  name="a"\n  value="b">', '<input name="a" value="b">'),
        ('<use\n  href="a"\n/>', '<use href="a"/>'),
        ('<path d="M0 1\n    -2 3"/>', '<path d="M0 1-2 3"/>'),
        ('<a class="\n  {% if a %}\n    x > y\n  {% endif %}"\n  id="z">', '<a class="x > y" id="z">'),
        ("{# why #}\n<b>x</b>", "<b>x</b>"),
    ],
)
def test_a_line_break_renders_nothing_except_between_attributes(template: str, page: str) -> None:
    assert page == ENVIRONMENT.from_string(template).render(a=1)


def test_an_error_names_the_line_of_the_template() -> None:
    with pytest.raises(ZeroDivisionError) as error:
        ENVIRONMENT.from_string("<p>\n  a\n</p>\n{{ a / 0 }}\n").render(a=1)

    assert 4 == error.traceback[-1].lineno + 1
