"""The schema's history; ``canonical.database.migrate`` applies it."""
