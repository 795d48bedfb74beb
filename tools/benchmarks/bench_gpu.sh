#!/usr/bin/env bash
# Test and time the CUDA kernels: bash tools/benchmarks/bench_gpu.sh [FOLDER]
# Needs a GPU, the package with its extra `test`, and about five minutes.
# FOLDER (default: work_dirs/gpu) gets the output of each step as text and the
# benchmarks' numbers as JSON. A step that fails does not stop the next ones.
set -uo pipefail
cd "$(dirname "$0")/../.."
RESULTS=${1:-$PWD/work_dirs/gpu}
PYTHON=${PYTHON:-python}
CONFIGS=configs/recognition/s2dnet
SMALL=s2dnet_imagenet-pretrained-mobilenetv2-r50_8xb8-2x85-8x12-120e_sthv2-rgb.py
LARGE=s2dnet_imagenet-pretrained-mobilenetv2-r50_8xb8-2x85-16x16-120e_sthv2-rgb.py
if ! "$PYTHON" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'
then
    echo 'CUDA: got no usable device, expected one. Run it beside a GPU, with' \
        'a CUDA build of torch.' >&2
    exit 1
fi
mkdir -p "$RESULTS"
rm -f "$RESULTS/times.txt"
export PYTHONPATH=$PWD${PYTHONPATH:+:$PYTHONPATH}
status=0

step() {  # NAME SECONDS COMMAND...
    local name=$1 limit=$2 start=$SECONDS result=ok
    shift 2
    printf '\n== %s\n' "$name"
    timeout "$limit" "$@" 2>&1 | tee "$RESULTS/$name.txt" || result=failed
    [ "$result" = ok ] || status=1
    echo "$name: $result, $((SECONDS - start)) s" >>"$RESULTS/times.txt"
}

bench() {  # NAME SECONDS TOOL ARGS...
    local name=$1 limit=$2 tool=$3
    shift 3
    step "$name" "$limit" "$PYTHON" "tools/benchmarks/$tool" "$@" \
        --json "$RESULTS/$name.json"
}

# The check at the first use, with all kernels to compile, then from a cache.
CHECK="import time, torch
from s2dnet_mmaction.functional.sampling.backends.choice import fault_on
torch.ones(1, device='cuda').cpu()
start = time.perf_counter()
fault = fault_on(torch.device('cuda'))
print(f'{time.perf_counter() - start:.2f} s; fault: {fault}')
raise SystemExit(fault is not None)"
export TRITON_CACHE_DIR=$RESULTS/triton_cache
rm -rf "$TRITON_CACHE_DIR"
step first_use 120 "$PYTHON" -c "$CHECK"
step first_use_cached 60 "$PYTHON" -c "$CHECK"

# Most of a test's time is the compilation of its kernels, one CPU core each.
step cuda_tests 150 "$PYTHON" -m pytest -q -n "${JOBS:-12}" -m 'not slow' \
    tests/functional/sampling/backends/gpu
bench sampler_gpu 60 bench_sampler.py
bench sampler_gpu_batch64 60 bench_sampler.py --batch-size 64
bench model_gpu 90 bench_model.py --windows \
    "8/12=$CONFIGS/$SMALL" "16/16=$CONFIGS/$LARGE"
bench model_gpu_amp 90 bench_model.py --windows --amp --batch-size 16 \
    "8/12=$CONFIGS/$SMALL" "16/16=$CONFIGS/$LARGE"

rm -rf "$TRITON_CACHE_DIR"

printf '\n== time\n'
cat "$RESULTS/times.txt"
exit "$status"
