"""`passplan completion`."""

import click
from click.shell_completion import get_completion_class


@click.command(
    "completion",
    epilog="\b\nExamples:\n"
    '  eval "$(passplan completion bash)"\n'
    "  passplan completion fish > ~/.config/fish/completions/passplan.fish",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell."""
    completion = get_completion_class(shell)
    if completion is None:
        raise click.UsageError(f"there is no completion for {shell}")
    root = context.find_root().command
    click.echo(completion(root, {}, "passplan", "_PASSPLAN_COMPLETE").source())
