"""Every link, file and module that the documentation names exists."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("**/*.md"))]
INDEX = DOCS / "README.md"

BY_NAME = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def text_of(page: Path) -> str:
    """The text of a page without its fenced code."""
    return re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def links_of(page: Path) -> list[tuple[str, str]]:
    """The path and the anchor of each relative link."""
    prose = re.sub(r"`[^`\n]*`", "", text_of(page))
    targets = re.findall(r"\]\(\s*([^)\s]+)\s*\)", prose)
    return [(t.partition("#")[0], t.partition("#")[2]) for t in targets if not re.match(r"\w+:", t)]


def anchors_of(page: Path) -> set[str]:
    """The anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"^#{1,6} +(.+?) *$", text_of(page), re.MULTILINE)
    words = [re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", h)) for h in headings]
    return {w.lower().replace(" ", "-") for w in words}


def target_of(page: Path, path: str) -> Path:
    return (page.parent / path).resolve() if path else page


@BY_NAME
def test_links_lead_to_files_and_headings(page: Path) -> None:
    broken = [
        f"{path}#{anchor}".rstrip("#")
        for path, anchor in links_of(page)
        if not target_of(page, path).exists() or (anchor and anchor not in anchors_of(target_of(page, path)))
    ]

    assert [] == broken


def test_links_stay_in_the_repository() -> None:
    outside = [
        f"{page.name}: {path}"
        for page in PAGES
        for path, _ in links_of(page)
        if not target_of(page, path).is_relative_to(ROOT)
    ]

    assert [] == outside


def test_the_index_names_every_page() -> None:
    listed = {target_of(INDEX, path) for path, _ in links_of(INDEX)}

    assert [] == [str(page.relative_to(DOCS)) for page in sorted({*DOCS.glob("*/*.md")} - listed)]


def is_file(name: str) -> bool:
    """Whether a name such as `service/access/actors.py` is a file, from the root, `passplan/` or `tests/`."""
    places = (ROOT, ROOT / "passplan", ROOT / "passplan" / "server")
    return any((place / name).exists() for place in places)


@BY_NAME
def test_files_of_the_code_that_a_page_names_exist(page: Path) -> None:
    spans = re.findall(r"`([^`\n]+)`", text_of(page))
    names = [
        s for s in spans if re.fullmatch(r"\w[\w./-]*\.(py|css|csv|html|pot)", s) and ("/" in s or s.endswith(".py"))
    ]
    folders = [s for s in spans if re.fullmatch(r"(passplan|tests|web|tle|docs)(/[\w-]+)*/", s)]

    assert [] == [name for name in (*names, *folders) if not is_file(name)]


@BY_NAME
def test_modules_that_a_page_runs_exist(page: Path) -> None:
    modules = re.findall(r"python -m (tests[\w.]*)", page.read_text("utf-8"))

    assert [] == [module for module in modules if importlib.util.find_spec(module) is None]


@BY_NAME
def test_tests_that_a_page_names_exist(page: Path) -> None:
    names = set(re.findall(r"\btest_\w+(?=`)", text_of(page)))
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").glob("**/*.py")) if names else ""

    assert [] == sorted(name for name in names if f"def {name}(" not in code)


def test_the_glossary_is_sorted_and_has_each_term_once() -> None:
    lines = (DOCS / "reference" / "glossary.md").read_text("utf-8").splitlines()
    terms = [line.split("|")[1].strip().lower() for line in lines if line.startswith("| ")][1:]

    assert terms
    assert sorted(set(terms)) == terms


EXPLAINED = [page for page in PAGES if page.name != "glossary.md" and "decisions" not in page.parts]


@pytest.mark.parametrize("page", EXPLAINED, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_page_links_to_the_glossary(page: Path) -> None:
    assert DOCS / "reference" / "glossary.md" in {target_of(page, path) for path, _ in links_of(page)}
