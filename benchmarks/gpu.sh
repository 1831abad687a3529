#!/usr/bin/env bash
# All that only a machine with a GPU can say, in under ten minutes: the tests that need one, the
# speed at the study's own size, and a small study. Run it as `make test-gpu`, or where the packages
# are there already as `PYTHON=python3 benchmarks/gpu.sh`. OUT is the folder for what is printed.
set -uo pipefail
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-.venv/bin/python}
OUT=${OUT:-gpu-results}
export PYTHONPATH="$PWD/src${PYTHONPATH:+:$PYTHONPATH}" PYTHONUNBUFFERED=1 HF_HUB_OFFLINE=1
mkdir -p "$OUT"
failed=()

# step NAME SECONDS COMMAND…: one that fails or takes too long does not end the others.
step() {
  local name=$1 seconds=$2
  shift 2
  echo "== $name: $*"
  timeout "$seconds" "$@" 2>&1 | tee "$OUT/$name.log" || failed+=("$name")
}

step machine 20 nvidia-smi
step tests 150 "$PYTHON" -m pytest tests/unit/test_second_device.py -q -ra
step speed 110 "$PYTHON" benchmarks/train.py --size big --device cuda --rounds 5 --updates 5
step speed-compiled 150 "$PYTHON" benchmarks/train.py --size big --device cuda --rounds 5 --updates 5 --compile
step study 150 "$PYTHON" -m ticketscope run demo --out "$(mktemp -d)/demo" \
  --set training.device=cuda --set training.precision=bfloat16

if [ ${#failed[@]} -gt 0 ]; then
  echo "failed: ${failed[*]}"
  exit 1
fi
