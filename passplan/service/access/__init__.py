"""Access: roles, accounts, sign-in, and the disclosure of contacts and facts."""
