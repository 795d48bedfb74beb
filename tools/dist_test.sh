#!/usr/bin/env bash
# Test on several devices: bash tools/dist_test.sh CONFIG CHECKPOINT GPUS
# [ARGS...]. Without GPUs, GPUS processes share the CPU. For several nodes
# run it on each, with the same NNODES, MASTER_ADDR and PORT and with its
# NODE_RANK.
set -euo pipefail

CONFIG=${1:?usage: dist_test.sh CONFIG CHECKPOINT GPUS [ARGS...]}
CHECKPOINT=${2:?usage: dist_test.sh CONFIG CHECKPOINT GPUS [ARGS...]}
GPUS=${3:?usage: dist_test.sh CONFIG CHECKPOINT GPUS [ARGS...]}
ROOT=$(cd "$(dirname "$0")/.." && pwd)

PYTHONPATH="$ROOT${PYTHONPATH:+:$PYTHONPATH}" \
python -m torch.distributed.run \
    --nnodes="${NNODES:-1}" \
    --node_rank="${NODE_RANK:-0}" \
    --master_addr="${MASTER_ADDR:-127.0.0.1}" \
    --master_port="${PORT:-29500}" \
    --nproc_per_node="$GPUS" \
    "$ROOT/tools/test.py" "$CONFIG" "$CHECKPOINT" --launcher pytorch "${@:4}"
