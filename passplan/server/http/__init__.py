"""What every request passes: context, sign-in, guards, errors, the response cache, health."""
