"""What a person at a terminal types and sees: arguments, streams, tables that fit."""
