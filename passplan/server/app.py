"""The Flask application on an open store: its configuration, guards, pages and API."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, g, request
from flask.sessions import SecureCookieSessionInterface
from flask_babel import Babel
from werkzeug.exceptions import SecurityError

from passplan import __version__
from passplan.domain.errors import SignInError, ThrottledError
from passplan.domain.messages import Message
from passplan.domain.roles import Capability
from passplan.resources import shipped
from passplan.server.api import install as install_api
from passplan.server.gateway import MAX_BODY_BYTES
from passplan.server.http import access_log, addresses, cache, errors, guards, health, last_pages, refusals, turns
from passplan.server.http.context import AppContext, RequestContext, context
from passplan.server.http.login import identify, require_login
from passplan.server.pages import BLUEPRINTS
from passplan.server.rates import CallRate
from passplan.server.shared.line_breaks import LineBreaks
from passplan.server.shared.words import install as install_words
from passplan.service.access.keys import load_keys
from passplan.service.access.login import network_of
from passplan.service.store import Store

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]", "::1")
_YEAR_S = 31_536_000


def create_app(store: Store, *, clock: Callable[[], datetime]) -> Flask:
    """The application on an open store.

    Args:
        store: the store; the caller closes it.
        clock: real time.

    Raises:
        InputError: for a keys file that is not valid.
    """
    web = shipped("web")
    app = Flask(
        __name__,
        template_folder=str(web / "templates"),
        static_folder=str(web / "static"),
        static_url_path=f"/static/{_stamp(web / 'static')}",
    )
    app.request_class = guards.TextRequest
    app.session_interface = _FlashCookie()
    url = urlsplit(store.settings.url or f"http://{store.settings.listen}")
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=512 * 1024,
        MAX_FORM_PARTS=200,
        TRUSTED_HOSTS=[*_LOOPBACK, url.hostname or "localhost"],
        SEND_FILE_MAX_AGE_DEFAULT=_YEAR_S,
        BABEL_TRANSLATION_DIRECTORIES=str(web / "translations"),
        BABEL_DEFAULT_TIMEZONE="UTC",
    )
    app.jinja_env.add_extension(LineBreaks)
    app.jinja_env.globals["Capability"] = Capability
    keys = load_keys(store.folder)
    app.extensions["passplan"] = AppContext(store=store, clock=clock, keys=keys, secure=url.scheme == "https")
    # Flask's own session carries the flashed messages ("Request X is accepted"), and nothing else.
    app.secret_key = keys.digest("told once", "flash")
    app.config.update(
        SESSION_COOKIE_NAME="told",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=url.scheme == "https",
        SESSION_COOKIE_HTTPONLY=True,
    )
    if store.settings.behind_proxy:
        from werkzeug.middleware.proxy_fix import ProxyFix

        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    known = sorted({"en", *(p.name for p in (web / "translations").iterdir() if p.is_dir())})
    Babel(app, locale_selector=lambda: request.accept_languages.best_match(known) or "en")
    access_log.install(app, is_written=store.settings.access_log)
    health.install(app)

    @app.before_request
    def begin() -> Any:
        if request.endpoint in ("static", "health.healthz"):
            return None
        if isinstance(request.routing_exception, SecurityError):  # the host is not trusted: no link can be built for it
            return None
        ctx = RequestContext(app.extensions["passplan"])
        g.context = ctx
        try:
            identify(ctx, request)
        except SignInError as error:
            g.refused = error  # raised in `guard`, after the rate limit: wrong tokens count as calls, too
        return None

    rate = CallRate(store.settings.rate_limit_per_s)

    @app.before_request
    def guard() -> Any:
        if "context" not in g:
            return None
        if not access_log.is_forwarded() and not rate.takes(_caller()):  # the gateway does not know accounts
            raise ThrottledError(
                Message("too_many_calls", "more calls than this account may make in a second; wait a moment"),
                retry_after_s=1.0,
            )
        if "refused" in g:
            raise g.refused
        guards.require_text()
        guards.require_same_origin()
        return require_login()

    guards.install(app)
    addresses.install(app)
    refusals.install(app)
    last_pages.install(app)  # before the cache: what is installed last sees a response first, and this wants it packed
    cache.install(app)
    turns.install(app, threads=store.settings.threads)
    errors.install(app)
    install_words(app)
    install_api(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)

    @app.context_processor
    def for_templates() -> dict[str, Any]:
        return {"version": __version__}

    return app


class _FlashCookie(SecureCookieSessionInterface):
    """The cookie of flashed messages, signed with SHA-256; Flask's own uses SHA-1."""

    digest_method = staticmethod(hashlib.sha256)


def _stamp(folder: Path) -> str:
    """A digest of the static files: a changed file gets another address, as browsers cache each for a year."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:10]


def _caller() -> str:
    """The key of the rate limit: the account, or the network of the address."""
    visit = context().visit if "context" in g else None
    return visit.actor.account if visit is not None else network_of(request.remote_addr or "")
