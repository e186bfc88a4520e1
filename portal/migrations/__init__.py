"""The migrations of the read layer's own tables, and of the database's guard over all tables."""
