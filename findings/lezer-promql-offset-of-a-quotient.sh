#!/usr/bin/env bash
# @prometheus-io/lezer-promql 0.314.0 (the grammar of Prometheus' own expression editor) takes `a / b offset 1w` for the offset of
# the quotient: OffsetExpr(BinaryExpr(a, b)). In Prometheus an offset, or an @, belongs to the selector just before it, and is refused
# behind anything else. Who reads the tree takes `a` for last week's too; with the operands the other way round it is right.
#
# Seen: the tree of `a / b offset 1w` begins with OffsetExpr; that of `a offset 1w / b` with BinaryExpr. promtool, where it is
#       installed: a = 2, 3 and b = 1, 10 at 0 and 1m give `a / b offset 1m` = 3 / 1 at 1m, and not 2 / 1.
# Run: bash findings/lezer-promql-offset-of-a-quotient.sh    Exit 0: still so; 1: it has changed.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module","private":true}' > package.json
npm install --silent --no-audit --no-fund @prometheus-io/lezer-promql@0.314.0 @lezer/lr@1 @lezer/highlight@1 > /dev/null
cat > trees.mjs <<'JS'
import { parser } from "@prometheus-io/lezer-promql";
const treeOf = (expr) => parser.parse(expr).toString();
let asSeen = true;
for (const [expr, begins] of [
  ["a / b offset 1w", "PromQL(OffsetExpr(BinaryExpr("],
  ["a > b @ end()", "PromQL(StepInvariantExpr(BinaryExpr("],
  ["a offset 1w / b", "PromQL(BinaryExpr(OffsetExpr("],
]) {
  console.log(`${expr.padEnd(16)} ${treeOf(expr)}`);
  asSeen &&= treeOf(expr).startsWith(begins);
}
process.exit(asSeen ? 0 : 1);
JS
node trees.mjs
command -v promtool > /dev/null || exit 0
cat > test.yml <<'YAML'
tests:
  - interval: 1m
    input_series: [{ series: a, values: "2 3" }, { series: b, values: "1 10" }]
    promql_expr_test: [{ expr: "a / b offset 1m", eval_time: 1m, exp_samples: [{ labels: "{}", value: 3 }] }]
YAML
promtool test rules test.yml
