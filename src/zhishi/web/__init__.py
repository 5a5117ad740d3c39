"""The HTTP edge of the whole house: application factory, middleware, static files."""
