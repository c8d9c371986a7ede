#!/usr/bin/env bash
# gbstats (0.8.0), GrowthBook's statistics: when all requests of the treatment fail, or none of the control does, its tests say nothing: a
# p-value of 1 and an interval of [0, 0]. One success among a thousand requests, or one failure among a hundred thousand, and the p-value is
# 0, or 6e-11. So a guardrail on an error rate is silent in a total outage of the treatment, and on a service that has no errors; 0 to 0
# reads as "no difference, for certain". `error_message` tells, and a reader of `ci` and `p_value` alone does not see it.
#
# Seen: 1,000 of 1,000: p 1.0, ci [0.0, 0.0], ZERO_NEGATIVE_VARIANCE. 999 of 1,000: p 0.0, ci [0.995, 1.002].
#       Control 0 of 100,000, treatment 50 of 1,000: p 1.0, ci [0.0, 0.0]. Control 1 of 100,000: p 5.6e-11.
# Run: bash findings/gbstats-silent-at-total-outage.sh    Exit 0: still so; 1: it has changed.
# Needs python3 (3.11 or 3.12) with pip.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --target "$folder" \
  gbstats==0.8.0 numpy==1.26.4 scipy==1.17.1 pydantic==2.14.4 pydantic_core==2.50.5 annotated-types==0.8.0 \
  typing_extensions==4.16.0 typing-inspection==0.4.5

PYTHONPATH="$folder" python3 -W ignore - <<'PY'
import sys
from importlib.metadata import version

from gbstats.frequentist.tests import FrequentistConfig, SequentialConfig, SequentialTwoSidedTTest, TwoSidedTTest
from gbstats.models.statistics import ProportionStatistic

print("gbstats", version("gbstats"))
TESTS = ((TwoSidedTTest, FrequentistConfig), (SequentialTwoSidedTTest, SequentialConfig))
# Failed requests of all, of control and of treatment; whether the tests are silent.
CASES = (
    ((30, 100_000), (1_000, 1_000), True),
    ((30, 100_000), (999, 1_000), False),
    ((0, 100_000), (50, 1_000), True),
    ((1, 100_000), (50, 1_000), False),
)
same = True
for control, treatment, silent in CASES:
    for test, config in TESTS:
        statistics = [ProportionStatistic(n=n, sum=failed) for failed, n in (control, treatment)]
        result = test(*statistics, config(difference_type="absolute")).compute_result()
        print(f"{test.__name__}: control {control}, treatment {treatment}: p {result.p_value}, ci {result.ci}, {result.error_message}")
        same &= (result.p_value == 1 and result.ci == [0, 0]) if silent else result.p_value < 1e-6
sys.exit(0 if same else 1)
PY
