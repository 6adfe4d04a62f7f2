#!/usr/bin/env bash
# Prints every figure of the GPU table in docs/performance.md. Needs no network: this clone and a published folder of the command line are enough.
#   bench/gpu.sh [--vico PROGRAM] [--device cuda:0] [--size sd|toybox] [--brief]
# PROGRAM: the published vico, by default the one that ./vico builds. --size sd: Stable Diffusion's sizes with random weights.
# --brief: one round of everything, to see that the script runs. On a GPU it is meant to take less than four minutes.
set -euo pipefail
export LC_ALL=C

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
vico=$here/../artifacts/bin/ViCo.Cli/release/vico device=cuda:0 size=sd rounds=3 steps=10
while (($#)); do
    case $1 in
        --vico) vico=$2; shift 2 ;;
        --device) device=$2; shift 2 ;;
        --size) size=$2; shift 2 ;;
        --brief) rounds=1 steps=2; shift ;;
        *) printf 'gpu.sh: unknown argument %s\n' "$1" >&2; exit 2 ;;
    esac
done
[[ $size == sd || $size == toybox ]] || { printf 'gpu.sh: --size is %s; wanted sd or toybox.\n' "$size" >&2; exit 2; }
[[ -x $vico ]] || { printf 'gpu.sh: no program at %s; name the published one with --vico.\n' "$vico" >&2; exit 2; }
export VICO_ROOT=${VICO_ROOT:-$here/..}         # the samples lie here, wherever the program does
small=toybox large=toybox
if [[ $size == sd ]]; then small=sd256 large=sd512; fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A number by its name from a file that --json wrote; a path that was not measured has none.
figure() { grep -o "\"$2\": *[0-9.eE+-]*" "$work/$1.json" 2>/dev/null | sed -n "${3:-1}p" | sed 's/.*: *//'; }
row() { printf '| %s | %s |\n' "$1" "${2:-not measured}"; }

"$vico" bench train --size "$small" --device "$device" --brief --rounds "$rounds" --json "$work/train.json" >"$work/train.log"
"$vico" bench sample --size "$small" --device "$device" --brief --rounds "$rounds" --steps "$steps" --json "$work/sample.json" >"$work/sample.log"
"$vico" bench fit --size "$large" --device "$device" --json "$work/fit.json" >"$work/fit.log"

printf '| figure (%s, %s) | value |\n|---|---|\n' "$device" "$size"
row "training step, plain path, s" "$(figure train wall 1)"
row "training step, the engine as it is, s" "$(figure train wall 2)"
row "denoising step of 4 pictures, plain path, s" "$(figure sample wall 1)"
row "denoising step of 4 pictures, the engine as it is, s" "$(figure sample wall 2)"
row "the same with the unconditional reference cached, s" "$(figure sample wall 3)"
row "training step of 4 samples, one a pass, blocks computed again, s" "$(figure fit seconds 3)"
row "its peak of resident memory, bytes" "$(figure fit peak_bytes 3)"
row "one picture in 2 steps, s" "$(figure fit seconds 4)"
