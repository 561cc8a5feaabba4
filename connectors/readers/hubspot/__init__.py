"""HubSpot's side of the reading: calls that either answer fully or raise, the object types, and the order of reading."""
