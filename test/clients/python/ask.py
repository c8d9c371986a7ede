"""Asks with OpenFeature's SDK and its OFREP provider: questions of one line of JSON in, answers out.

{"key": "search", "default": true, "context": {"targetingKey": "ada"}, "date": false}
{"value": true, "reason": "STATIC", "variant": "on", "error": null, "metadata": {"revision": 0}}
"""

import datetime
import json
import sys

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext

api.set_provider(OFREPProvider(sys.argv[1]))
client = api.get_client()

for line in sys.stdin:
    question = json.loads(line)
    attributes = dict(question["context"])
    targeting_key = attributes.pop("targetingKey", None)
    if question["date"]:
        attributes["since"] = datetime.datetime.now()
    details = client.get_boolean_details(
        question["key"], question["default"], EvaluationContext(targeting_key, attributes)
    )
    answer = {
        "value": details.value,
        "reason": details.reason and str(getattr(details.reason, "value", details.reason)),
        "variant": details.variant,
        "error": details.error_code and details.error_code.value,
        "metadata": dict(details.flag_metadata),
    }
    print(json.dumps(answer), flush=True)
