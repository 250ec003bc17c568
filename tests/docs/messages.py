"""The reference page of message codes, generated from the code: `python -m tests.docs.messages` writes it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import passplan

CODE = Path(passplan.__file__).parent
FILES = sorted(CODE.rglob("*.py"))
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "messages.md"
HEAD = """# Message codes

The API answers errors and causes as `messages`: a code, parameters and a text. Programs read the code and the
parameters; the text is in the language of the reader. A code keeps its meaning. `%(name)s` stands for a parameter.
`make reference` writes this page. Terms: [glossary](glossary.md).

| code | English text |
| --- | --- |
"""


def messages_of(path: Path) -> Iterator[tuple[str, str, set[str]]]:
    """The code, the template and the parameters of each message that a module makes."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Message" and path.name != "plain.py":
            code, template = (ast.literal_eval(argument) for argument in node.args)
            yield code, template, {k.arg or "**" for k in node.keywords}


def page() -> str:
    """The whole page."""
    templates = {code: template for path in FILES for code, template, _ in messages_of(path)}
    return HEAD + "".join(
        f"| `{code}` | {' '.join(template.split()).replace('|', chr(92) + '|')} |\n"
        for code, template in sorted(templates.items())
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
