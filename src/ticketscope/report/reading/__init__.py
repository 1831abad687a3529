"""What a report is made from: config.json, tables and views, read and checked."""
