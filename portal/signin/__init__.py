"""Signing in: own accounts for guardians, the school's provider for students and staff, tokens for programs."""
