"""Floor 4: where asyncio lives. A plan goes in, results and events come out."""
