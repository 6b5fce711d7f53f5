"""The formats of health documents, one module each, and what they share."""
