"""Retention that runs by itself: the clock that erases, what it will do, and the holds that keep somebody longer."""
