#!/usr/bin/env bash
# Build the wheel, install it into a clean environment, and train and test
# with it for a few iterations, outside of the checkout:
#   bash tools/check_wheel.sh
set -euo pipefail
ROOT=$(cd "$(dirname "$0")/.." && pwd)
BASE_PYTHON=${BASE_PYTHON:-python3}
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT

# Only files that git lists: a leftover file must not get into the wheel.
mkdir "$SCRATCH/source"
git -C "$ROOT" ls-files -z --cached --others --exclude-standard |
    tar -C "$ROOT" --null --files-from=- --create |
    tar -C "$SCRATCH/source" --extract

"$BASE_PYTHON" -m venv "$SCRATCH/venv"
export PATH="$SCRATCH/venv/bin:$PATH" VIRTUAL_ENV="$SCRATCH/venv"
unset PYTHONPATH CONDA_PREFIX
PIP='python -m pip --disable-pip-version-check --quiet'
echo 'wheel: build and install into a clean environment'
$PIP wheel --no-deps --wheel-dir "$SCRATCH" "$SCRATCH/source"
WHEEL=$(ls "$SCRATCH"/*.whl)
$PIP install "${TORCH:-torch==2.13.0}"
$PIP install "$WHEEL[lite,mim]"
python -m pip check

cd "$SCRATCH"
export PYTHONWARNINGS=ignore
MIM_ROOT=$(python -c 'import os, s2dnet_mmaction as s
print(os.path.join(os.path.dirname(s.__file__), ".mim"))')
NAME=s2dnet_r18-r18_1xb16-2x40-8x8-12e_glints-rgb.py
python "$MIM_ROOT/tools/data/glints/write_glints.py" data/glints \
    --num-train 32 --num-val 6
SHORT='train_cfg.max_epochs=2 custom_hooks.0.switch_epoch=1'
echo 'wheel: mim train s2dnet_mmaction, mim test'
# shellcheck disable=SC2086
mim train s2dnet_mmaction "$NAME" --work-dir ours --cfg-options $SHORT
mim test s2dnet_mmaction "$NAME" --checkpoint ours/epoch_2.pth
echo 'wheel: mim train mmaction2'
# shellcheck disable=SC2086
mim train mmaction2 "$MIM_ROOT/configs/recognition/s2dnet/$NAME" \
    --work-dir theirs --cfg-options $SHORT
test -f theirs/epoch_2.pth
echo 'wheel: mim search, mim run'
mim search s2dnet_mmaction --model s2dnet > found.txt
test "$(grep -c sthv2 found.txt)" -ge 5
mim run s2dnet_mmaction model_cost "$NAME" --no-latency --out cost
test -s cost/cost.json
mim run s2dnet_mmaction vis_sampling \
    "$MIM_ROOT/configs/recognition/s2dnet/$NAME" ours/epoch_2.pth \
    --num-samples 1 --out-dir seen
test "$(find seen -size +0 -name '0*' | wc -l)" -eq 3
echo 'wheel: a tool of MMAction2'
python -m s2dnet_mmaction confusion_matrix \
    "$MIM_ROOT/configs/recognition/s2dnet/$NAME" ours/epoch_2.pth --out cm.pkl
test -s cm.pkl
echo 'wheel: ok'
