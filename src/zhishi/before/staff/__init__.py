"""Accounts of staff, their roles, their login."""
