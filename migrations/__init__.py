"""Schema revisions: how a database comes to hold the tables of the core and of the installed plugins."""
