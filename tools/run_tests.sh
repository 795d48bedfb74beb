#!/usr/bin/env bash
# Set up and run all checks: bash tools/run_tests.sh [VENV] [PYTEST ARGS...]
# Style; the documentation; the test suite; the wheel in a clean environment
# beside the quickstart. Prints the seconds that each step took.
# In an environment that is set up, python -m pytest -m 'not slow' is quick.
set -euo pipefail
cd "$(dirname "$0")/.."
VENV=
if [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; then VENV=$1; shift; fi
# shellcheck source=tools/env.sh
source tools/env.sh "$VENV"
LOGS=$(mktemp -d)
trap 'rm -rf "$LOGS"' EXIT

timed() {  # NAME COMMAND...
    local name=$1 start=$SECONDS result=ok
    shift
    printf '\n== %s\n' "$name"
    "$@" || result=failed
    echo "$name: $result, $((SECONDS - start)) s" >>"$LOGS/times"
    [ "$result" = ok ]
}

timed install bash tools/install.sh "$VENV"
timed style "$PYTHON" -m ruff check .
# A warning, such as a link that leads nowhere, is an error. The variable
# switches off an advertisement of the theme.
NO_MKDOCS_2_WARNING=1 timed site "$PYTHON" -m mkdocs build --quiet --strict
# pytest-xdist runs one process per core: most of a test's work is Python
# and small networks, which more threads do not make faster. A process that
# has run out of tests takes some from another ('worksteal').
timed tests "$PYTHON" -m pytest -n auto --dist worksteal "$@"

# One thread each, for they run side by side, on a small data set.
export OMP_NUM_THREADS=1
timed wheel bash tools/check_wheel.sh >"$LOGS/wheel" 2>&1 &
WHEEL=$!
export VIRTUAL_ENV="$ENVIRONMENT"
status=0
timed quickstart bash tools/quickstart.sh || status=1
wait "$WHEEL" || status=1
cat "$LOGS/wheel"

printf '\n== time\n'
cat "$LOGS/times"
exit "$status"
