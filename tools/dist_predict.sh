#!/usr/bin/env bash
# Predict on several devices: bash tools/dist_predict.sh CONFIG CHECKPOINT
# SOURCE GPUS --out DIR [ARGS...]. Without GPUs, GPUS processes share the CPU.
# PREDICT=score_clips runs tools/score_clips.py in the place of predict.py.
# For several machines use tools/predict.py --engine ray.
set -euo pipefail

USAGE='usage: dist_predict.sh CONFIG CHECKPOINT SOURCE GPUS --out DIR [ARGS...]'
CONFIG=${1:?$USAGE}
CHECKPOINT=${2:?$USAGE}
SOURCE=${3:?$USAGE}
GPUS=${4:?$USAGE}
ROOT=$(cd "$(dirname "$0")/.." && pwd)

PYTHONPATH="$ROOT${PYTHONPATH:+:$PYTHONPATH}" \
python -m torch.distributed.run \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" \
    --master_port="${PORT:-29500}" \
    --nproc_per_node="$GPUS" \
    "$ROOT/tools/${PREDICT:-predict}.py" "$CONFIG" "$CHECKPOINT" "$SOURCE" \
    --launcher pytorch "${@:5}"
