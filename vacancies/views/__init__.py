"""Pages for clients and vacancies."""
