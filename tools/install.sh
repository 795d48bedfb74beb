#!/usr/bin/env bash
# Install the plugin from this checkout, with its dependencies:
#   bash tools/install.sh [VENV]
# into VENV, or the active environment, or .venv (created if missing).
# Keeps a torch or mmcv that is installed. TORCH sets another torch to
# install, e.g. TORCH='torch==2.8.0'; BASE_PYTHON sets the interpreter of a
# new VENV.
set -euo pipefail
# shellcheck source=tools/env.sh
source "$(dirname "$0")/env.sh" "${1:-}"
BASE_PYTHON=${BASE_PYTHON:-python3}

if [ ! -x "$PYTHON" ]; then
    if ! "$BASE_PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 9))'
    then
        echo "install.sh: got $("$BASE_PYTHON" --version 2>&1), expected" \
            'Python 3.9 or newer. Set BASE_PYTHON to one.' >&2
        exit 1
    fi
    echo "Creating $ENVIRONMENT"
    "$BASE_PYTHON" -m venv "$ENVIRONMENT"
fi

pip_install() {
    "$PYTHON" -m pip install --disable-pip-version-check --quiet "$@"
}
has() {
    "$PYTHON" -c "import importlib.util as u, sys
sys.exit(u.find_spec('$1') is None)"
}

echo "Installing into $ENVIRONMENT (some minutes the first time)"
# setuptools 82 dropped pkg_resources, which openmim and mmengine import.
pip_install 'setuptools>=77.0.3,<82' wheel
has torch || { echo '  torch'; pip_install "${TORCH:-torch==2.13.0}"; }
EXTRAS=fast,mim,tests
has mmcv || EXTRAS=lite,$EXTRAS
has triton || EXTRAS=interpreter,$EXTRAS
echo "  s2dnet_mmaction[$EXTRAS]"
pip_install --editable "$ROOT[$EXTRAS]"

# mim looks for the package next to its metadata; an editable install does
# not put it there (pip#11457).
SITE=$("$PYTHON" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
ln -sfn "$ROOT/s2dnet_mmaction" "$SITE/s2dnet_mmaction"

"$PYTHON" -m pip check
"$PYTHON" -W ignore -c 'import s2dnet_mmaction as s; print(
    "s2dnet_mmaction", s.__version__, "is ready")'
