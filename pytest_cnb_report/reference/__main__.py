"""Run one phase as a process of its own."""

import os
import sys

from pytest_cnb_report.reference.entry import run

sys.exit(run(sys.argv[1:], os.environ))
