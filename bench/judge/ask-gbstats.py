"""GrowthBook's own test at the moments that decide: cases as JSON from stdin, whether each is red as JSON to stdout."""

import json
import sys

from gbstats.frequentist.tests import SequentialConfig, SequentialTwoSidedTTest
from gbstats.models.statistics import ProportionStatistic


def is_red(case):
    control, treatment = (
        ProportionStatistic(n=case["samples"][who]["total"], sum=case["samples"][who]["bad"])
        for who in ("control", "treatment")
    )
    config = SequentialConfig(alpha=case["alpha"], difference_type="absolute")
    result = SequentialTwoSidedTTest(control, treatment, config).compute_result()
    return result.error_message is None and bool(result.ci[0] > case["margin"])


json.dump([is_red(case) for case in json.load(sys.stdin)], sys.stdout)
