"""Contacts: their life after they are scheduled, and how much each agency used."""
