"""Every word of a page can be said in another language: none stands bare in a template."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from passplan.resources import shipped
from passplan.server import app as factory
from tests.server.site import Site

ROOT = Path(__file__).parents[2]
KEYWORDS = ("-k", "Message:2", "-k", "translate")  # as the Makefile has them
MESSAGES = ROOT / "web" / "translations" / "messages.pot"
# Symbols and names, which are the same in every language.
SAME = {
    "AOS",
    "LOS",
    "UTC",
    "RMS",
    "CSV",
    "JSON",
    "API",
    "Az",
    "El",
    "km",
    "kHz",
    "m/s",
    "min",
    "passplan",
    "stations.toml",
}
SAME |= {"contact/17"}  # an example of what to type


def bare_words(template: str) -> set[str]:
    """What a reader sees of a template that is neither made by Jinja nor the same in every language."""
    attributes = r"{% (?:block (?:html_data|page_class)|macro place_of_day.*?) %}.*?{% end(?:block|macro) %}"
    text = re.sub(attributes + r"|{#.*?#}|{%.*?%}|{{.*?}}", " ", template, flags=re.DOTALL)
    text = re.sub(r"<(script|svg|code|kbd)\b.*?</\1>", " ", text, flags=re.DOTALL)
    said = re.findall(r'(?:title|aria-label|placeholder|alt)="([^"]*)"', text)
    text = re.sub(r'<(?:[^>"]|"[^"]*")*>', "\n", text)
    words = re.findall(r"[A-Za-z][\w./]*", re.sub(r"&\w+;", " ", "\n".join([text, *said])))
    return {w for w in words if len(w) > 1} - SAME


@pytest.mark.parametrize("path", sorted((ROOT / "web" / "templates").rglob("*.html")), ids=lambda p: p.stem)
def test_no_word_stands_bare_in_a_template(path: Path) -> None:
    assert set() == bare_words(path.read_text())


def test_a_bare_word_would_be_found() -> None:
    assert {"Hello", "there"} == bare_words(
        "<p>{{ _('Right') }} Hello <b>AOS</b></p><a title=\"there\">{% if a > b %}</a>"
    )


def test_translators_have_every_message(tmp_path: Path) -> None:
    found = tmp_path / "messages.pot"
    words = ["-q", "extract", "-F", str(ROOT / "pyproject.toml"), *KEYWORDS, "-o", str(found), str(ROOT)]
    subprocess.run([sys.executable, "-m", "babel.messages.frontend", *words], check=True, cwd=ROOT)
    ids = [{m.id for m in read_po(io.BytesIO(path.read_bytes()))} for path in (found, MESSAGES)]

    assert ids[0] == ids[1], "make messages"


def test_a_page_speaks_the_language_of_the_browser(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    web = tmp_path / "web"
    shutil.copytree(shipped("web"), web)
    catalogue = read_po(io.BytesIO(MESSAGES.read_bytes()), locale="eo")
    for message in catalogue:
        if message.id:
            message.string = tuple(f"⟦{part}⟧" for part in message.id) if message.pluralizable else f"⟦{message.id}⟧"
    folder = web / "translations" / "eo" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(factory, "shipped", lambda name: web if name == "web" else shipped(name))
    app = factory.create_app(site.office.store, clock=site.office.clock)
    client = Site(site.office, app, site.tokens).browser("esa")
    strange = {path: client.get(path, headers={"Accept-Language": "eo"}).text for path in ("/", "/passes?hours=24")}
    known = client.get("/passes?hours=24", headers={"Accept-Language": "en"}).text

    assert all('<html lang="eo"' in text for text in strange.values())
    assert "<h1>⟦Passes⟧</h1>" in strange["/passes?hours=24"]
    assert "⟦Available⟧" in strange["/passes?hours=24"]
    assert '<html lang="en"' in known
    assert "⟦" not in known
