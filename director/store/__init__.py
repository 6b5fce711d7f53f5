"""Where decisions are kept: memory and SQLite behind one port."""
