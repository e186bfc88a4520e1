"""Backups: one file for either kind of database, and a store that is made of it again, verified."""
