"""What has happened, in the order of the commits: for those who listen to the service."""
