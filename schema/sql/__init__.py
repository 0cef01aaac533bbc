"""The engine: fields that know their SQL, and the planner that turns a selection into one statement (design 4)."""
