"""Who meets a flag by flagd's evaluator: {"flag", "document", "users"} in, the users who get true out."""

import json
import sys

from openfeature.contrib.tools.flagd.core import FlagdCore
from openfeature.evaluation_context import EvaluationContext

asked = json.load(sys.stdin)
core = FlagdCore()
core.set_flags(json.dumps(asked["document"]))


def is_on(user):
    # The default in the code is never what decides.
    values = {
        core.resolve_boolean_value(asked["flag"], default, EvaluationContext(user, {})).value
        for default in (True, False)
    }
    (value,) = values
    return value


print(json.dumps([user for user in asked["users"] if is_on(user)]))
