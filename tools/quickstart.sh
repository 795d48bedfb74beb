#!/usr/bin/env bash
# Install, write a small data set, train an S2DNet, test it and draw its
# sampling, on a CPU:
#   bash tools/quickstart.sh
# Uses the active environment or creates .venv. Can be repeated.
set -euo pipefail
# shellcheck source=tools/env.sh
source "$(dirname "$0")/env.sh"
cd "$ROOT"

CONFIG=configs/recognition/s2dnet/s2dnet_heatmap_r18-r18_1xb16-2x40-8x8-12e_glints-rgb.py
WORK_DIR=work_dirs/quickstart
export PATH="$(dirname "$PYTHON"):$PATH"
export PYTHONWARNINGS=ignore
step() { printf '\n== [%s/5] %s\n' "$1" "$2"; }

step 1 'install'
bash tools/install.sh

step 2 'write a small data set of real video files: data/glints'
python tools/data/glints/write_glints.py data/glints

step 3 "train both stages: $WORK_DIR"
mim train s2dnet_mmaction "$CONFIG" --work-dir "$WORK_DIR"

step 4 'test the last checkpoint'
CHECKPOINT=$(cat "$WORK_DIR/last_checkpoint")
mim test s2dnet_mmaction "$CONFIG" --checkpoint "$CHECKPOINT" \
    --work-dir "$WORK_DIR/test"

step 5 'draw the sampled windows'
python tools/visualizations/vis_sampling.py "$CONFIG" "$CHECKPOINT" \
    --out-dir "$WORK_DIR/vis_sampling" --classes data/glints/classes.txt

python tools/data/glints/report.py "$WORK_DIR/test"
cat <<END

data set     data/glints (train.txt, val.txt, videos/)
config       $CONFIG
checkpoint   $CHECKPOINT
logs         $WORK_DIR, $WORK_DIR/test
pictures     $WORK_DIR/vis_sampling
END
