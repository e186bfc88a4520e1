"""One sync run and the schedule. Finds connectors by entry point and imports none of them."""
