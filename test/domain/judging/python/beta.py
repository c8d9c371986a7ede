"""What scipy says of beta distributions: [[x, a, b], …] in, [[ln P(X < x), ln P(X > x)], …] out."""

import json
import sys

from scipy.stats import beta

asked = json.load(sys.stdin)
print(json.dumps([[float(beta.logcdf(*row)), float(beta.logsf(*row))] for row in asked]))
