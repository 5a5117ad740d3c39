"""The edge: what every room's `api.py` needs to speak HTTP safely. It knows no room."""
