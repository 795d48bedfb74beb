# Sourced by the other scripts; sets ROOT, ENVIRONMENT and PYTHON.
# ENVIRONMENT is $1, or the active environment, or .venv in the project's
# root; PYTHON is its interpreter.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ -n "${1:-}" ]; then
    ENVIRONMENT=$1
else
    ENVIRONMENT=${VIRTUAL_ENV:-${CONDA_PREFIX:-$ROOT/.venv}}
fi
PYTHON="$ENVIRONMENT/bin/python"
