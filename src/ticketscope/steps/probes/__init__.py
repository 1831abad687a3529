"""What the layers of a network hold: probes of linguistic tasks."""
