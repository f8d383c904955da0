"""The running site and the SparkPost stand-in, as fixtures."""
