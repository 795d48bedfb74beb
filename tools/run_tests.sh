#!/usr/bin/env bash
# Set up and run all checks: bash tools/run_tests.sh [VENV] [PYTEST ARGS...]
# Style, the test suite, the wheel in a clean environment, the quickstart.
set -euo pipefail
cd "$(dirname "$0")/.."
VENV=
if [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; then VENV=$1; shift; fi
# shellcheck source=tools/env.sh
source tools/env.sh "$VENV"

bash tools/install.sh "$VENV"
"$PYTHON" -m ruff check .
"$PYTHON" -m pytest "$@"
bash tools/check_wheel.sh
VIRTUAL_ENV="$ENVIRONMENT" bash tools/quickstart.sh
