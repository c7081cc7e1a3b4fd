"""What an anonymous client, a kill or a full disk can do to the app, tried on loopback."""
