"""Who may do what and see what: roles, accounts, sign-in, and what is disclosed to whom."""
