"""How the tables came to be, one step per file; run by director.store.migrate."""
