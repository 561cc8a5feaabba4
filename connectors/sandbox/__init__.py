"""A local stand-in for the vendors: an example company behind imitated APIs."""
