"""The use cases: each joins the rooms below into one thing that a person or a program asks for."""
