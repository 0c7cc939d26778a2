"""One file per output. Each turns a `View` (see `view.py`) into a text; none of them reads a file or prints."""
