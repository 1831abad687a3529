"""What a person at a terminal gives and sees: arguments, streams, tables that fit."""
