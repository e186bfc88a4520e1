"""One make-believe Dutch secondary school that lives. Imports nothing of the other rooms."""
