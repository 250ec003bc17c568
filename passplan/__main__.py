"""`python -m passplan`, and what the `passplan` command runs."""

from passplan.cli.main import main

if __name__ == "__main__":
    main()
