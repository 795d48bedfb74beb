# Sourced by the scripts beside it; sets ROOT and PYTHON.
# PYTHON is that of the environment given as $1, of the active environment,
# or of .venv in the project's root.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ -n "${1:-}" ]; then
    ENVIRONMENT=$1
else
    ENVIRONMENT=${VIRTUAL_ENV:-${CONDA_PREFIX:-$ROOT/.venv}}
fi
PYTHON="$ENVIRONMENT/bin/python"
