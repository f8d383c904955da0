"""SparkPost: the client for its wire, what its answers mean, and a local stand-in for it."""
