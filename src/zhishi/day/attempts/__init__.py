"""The attempt: logins, events, interruptions, the end."""
