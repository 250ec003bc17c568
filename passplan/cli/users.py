"""`passplan users`."""

from __future__ import annotations

from pathlib import Path

import click

from passplan.cli import desk, options, output
from passplan.cli.row_table import print_rows
from passplan.domain.roles import Role
from passplan.domain.rows.service import AccountRow


@click.group("users")
def command() -> None:
    """Add and list accounts, and give them passwords."""


@command.command("add", epilog="\b\nExample:\n  passplan users add esa --role requester --agency ESA")
@click.argument("name")
@click.option("--role", required=True, type=click.Choice([r.value for r in Role]), help="What it may do.")
@click.option("--agency", default="", help="The agency of a requester or operator.")
@click.option("--off", is_flag=True, help="Disable the account.")
@options.store_options
def add(name: str, role: str, agency: str, off: bool, data: Path | None, account: str) -> None:
    """Add an account, or change its role. A new account gets a one-time password, which is printed."""
    from passplan.queries.listings import account_list
    from passplan.service.access.accounts import give_password, save_account

    with desk.open_session(data, account) as at:
        is_new = all(a.name != name for a in account_list(at.store))
        save_account(at.store, name, role, agency=agency, active=not off, actor=at.actor, now=at.now)
        click.echo(f"{name}: {role}{f' of {agency}' if agency else ''}{', off' if off else ''}")
        if is_new and not off:
            one_time_password = give_password(at.store, name, actor=at.actor, now=at.now, real_now=at.real_now)
            click.echo(f"one-time password: {one_time_password}")


@command.command("password", epilog="\b\nExample:\n  passplan users password esa")
@click.argument("name")
@options.store_options
def password(name: str, data: Path | None, account: str) -> None:
    """Give an account a one-time password; its sessions end, and the user sets a new password at the next sign-in."""
    from passplan.service.access.accounts import give_password

    with desk.open_session(data, account) as at:
        one_time_password = give_password(at.store, name, actor=at.actor, now=at.now, real_now=at.real_now)
    click.echo(f"one-time password: {one_time_password}")


@command.command("remove-factor", epilog="\b\nExample:\n  passplan users remove-factor esa")
@click.argument("name")
@options.store_options
def remove_factor(name: str, data: Path | None, account: str) -> None:
    """Remove the second factor of an account, whose user has lost the device: it signs in with its password alone."""
    from passplan.service.access.second_factor import remove_second_factor

    with desk.open_session(data, account) as at:
        remove_second_factor(at.store, name, actor=at.actor, now=at.now)
    click.echo(f"{name} has no second factor any more")


@command.command("list")
@options.data_option
@options.output_options
def list_(data: Path | None, out: output.Output) -> None:
    """List accounts."""
    from passplan.queries.listings import account_list

    with desk.open_session(data, shows_notice=out.form == "json", quiet=out.quiet) as at:
        rows = account_list(at.store)
    output.write(
        out,
        "accounts",
        {"notice": at.store.notice, "accounts": rows},
        kind=AccountRow,
        rows=rows,
        table=lambda console: print_rows(console, AccountRow, rows, empty="There is no account."),
    )
