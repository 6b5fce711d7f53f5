"""One file per revision, named ``<revision>_<what it brings>.py``."""
