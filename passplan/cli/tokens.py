"""`passplan tokens`."""

from __future__ import annotations

from pathlib import Path

import click

from passplan.cli import desk, options, output
from passplan.cli.row_table import print_rows
from passplan.domain.rows.service import TokenRow


@click.group("tokens")
def command() -> None:
    """Create, list and revoke tokens: programs use them instead of a password."""


@command.command("create", epilog="\b\nExample:\n  passplan tokens create esa 'night scripts' --scope write --days 30")
@click.argument("owner")
@click.argument("name")
@click.option(
    "--scope", type=click.Choice(["read", "write"]), default="read", show_default=True, help="What it may do."
)
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True, help="How long it lasts.")
@options.store_options
def create(owner: str, name: str, scope: str, days: int, data: Path | None, account: str) -> None:
    """Create a token of the account OWNER; NAME says what it is for. It is printed once, and not stored."""
    from passplan.service.access.keys import load_keys
    from passplan.service.access.login import create_token

    with desk.open_session(data, account) as at:
        keys = load_keys(at.store.folder)
        token = create_token(
            at.store,
            keys,
            name,
            account=owner,
            scope=scope,
            days=days,
            actor=at.actor,
            now=at.now,
            real_now=at.real_now,
        )
    click.echo(token)


@command.command("list")
@options.store_options
@options.output_options
def list_(data: Path | None, account: str, out: output.Output) -> None:
    """List tokens; their secrets are not stored."""
    from passplan.service.access.login import tokens_of

    with desk.open_session(data, account, shows_notice=out.form == "json", quiet=out.quiet) as at:
        rows = tokens_of(at.store, all_accounts=True, actor=at.actor)
    output.write(
        out,
        "tokens",
        {"notice": at.store.notice, "tokens": rows},
        kind=TokenRow,
        rows=rows,
        table=lambda console: print_rows(console, TokenRow, rows, empty="There is no token."),
    )


@command.command("revoke", epilog="\b\nExample:\n  passplan tokens revoke 1f2e3d4c")
@click.argument("prefix")
@options.store_options
def revoke(prefix: str, data: Path | None, account: str) -> None:
    """Revoke a token; PREFIX is the eight letters after pp_."""
    from passplan.service.access.login import revoke_token

    with desk.open_session(data, account) as at:
        revoke_token(at.store, prefix, actor=at.actor, now=at.now, real_now=at.real_now)
    click.echo(f"{prefix}: revoked")
