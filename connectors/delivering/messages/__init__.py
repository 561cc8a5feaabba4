"""Messages to people: what they say (`message`, `compose`), how each channel writes it, and the settings that channels share."""
