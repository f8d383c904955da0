"""Importing people from a list: read the file, say what will happen to each row and why, then do it."""
