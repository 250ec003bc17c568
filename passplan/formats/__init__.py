"""Text to and from domain types: element sets, network, request, policy and plan files, and the rows of outputs."""
