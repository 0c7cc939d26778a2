"""`python -m fourfold`."""

import sys

from fourfold.faces.cli import process

sys.exit(process())
