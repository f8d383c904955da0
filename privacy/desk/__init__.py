"""The privacy desk: every clock in one queue, and each request handled from one page."""
