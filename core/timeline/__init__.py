"""The timeline of persons and households: one line for each thing that happened to them, core's and plugins'."""
