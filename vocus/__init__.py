"""VOCUS, and any administration that exports files: one room a system."""
