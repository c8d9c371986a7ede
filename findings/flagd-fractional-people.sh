#!/usr/bin/env bash
# flagd's flag definitions: one file, one `fractional` with a text of its own to split by, a flag of 50 %. JavaScript's flagd-core 4.0.1
# and Python's openfeature-flagd-core 1.0.0 give it to exactly the same people. With Python's 2.0.0 half of them have lost it, and as
# many others have it: an update of one service's package changes sides for half of the users, and a user may be on one side in one
# service and on the other in the next. Each shares fairly, so that no percentage shows it.
# Exits 0 while that is so, 1 when it has changed. Needs node with npm, and python3 with pip.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > flags.json << 'JSON'
{
  "flags": {
    "half": {
      "state": "ENABLED",
      "variants": { "on": true, "off": false },
      "defaultVariant": "off",
      "targeting": {
        "fractional": [{ "cat": [{ "var": "$flagd.flagKey" }, ":", { "var": "targetingKey" }] }, ["on", 50], ["off", 50]]
      }
    }
  }
}
JSON
node -e '
  process.stdout.write(JSON.stringify(Array.from({ length: 2000 }, (_, id) => `user-${id}`)));
' > users.json

cat > met.js << 'JS'
const { readFileSync, writeFileSync } = require("node:fs");
const { FlagdCore } = require("@openfeature/flagd-core");
const core = new FlagdCore();
core.setConfigurations(readFileSync("flags.json", "utf8"));
const users = JSON.parse(readFileSync("users.json", "utf8"));
const met = users.filter((targetingKey) => core.resolveBooleanEvaluation("half", false, { targetingKey }).value);
writeFileSync("met-js.json", JSON.stringify(met));
JS
cat > met.py << 'PY'
import json
import sys

from openfeature.contrib.tools.flagd.core import FlagdCore
from openfeature.evaluation_context import EvaluationContext

core = FlagdCore()
core.set_flags(open("flags.json").read())
users = json.load(open("users.json"))
met = [user for user in users if core.resolve_boolean_value("half", False, EvaluationContext(user)).value]
json.dump(met, open(sys.argv[1], "w"))
PY

echo '{"private": true}' > package.json
npm install --silent --no-audit --no-fund @openfeature/flagd-core@4.0.1 @openfeature/core@1.12.0
node met.js
for version in 1.0.0 2.0.0; do
  python3 -m pip install --quiet --root-user-action=ignore --disable-pip-version-check --target "python-$version" \
    "openfeature-flagd-core==$version" openfeature-sdk==0.10.0
  PYTHONPATH="python-$version" python3 met.py "met-python-$version.json"
done

node -e '
  const read = (name) => JSON.parse(require("node:fs").readFileSync(`met-${name}.json`, "utf8"));
  const [js, one, two] = ["js", "python-1.0.0", "python-2.0.0"].map(read);
  const both = (a, b) => a.filter((user) => b.includes(user)).length;
  console.log(`of 2000 ids have the flag: JavaScript flagd-core 4.0.1 ${js.length}, ` +
    `Python openfeature-flagd-core 1.0.0 ${one.length}, 2.0.0 ${two.length}`);
  console.log(`both in JavaScript 4.0.1 and Python 1.0.0: ${both(js, one)}; both in Python 1.0.0 and 2.0.0: ${both(one, two)}`);
  const asFound = js.join() === one.join() && Math.abs(both(one, two) / one.length - 0.5) < 0.1;
  console.log(asFound ? "as found" : "changed: not as it was found");
  process.exit(asFound ? 0 : 1);
'
