"""`python -m fourfold`."""

import sys

from fourfold.faces.cli import main

sys.exit(main())
