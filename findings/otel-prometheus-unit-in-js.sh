#!/usr/bin/env bash
# OpenTelemetry to Prometheus: one instrument, `http.server.request.duration` in seconds, is called
# http_server_request_duration_seconds by Python's exporter, as the compatibility specification has it (the unit becomes
# a suffix), and http_server_request_duration by JavaScript's, which writes the unit into a `# UNIT` line only. So a rule, a
# dashboard or a gate that reads the one name is silently empty for the services in the other language.
#
# JavaScript: @opentelemetry/exporter-prometheus 0.301.0, sdk-metrics 3.1.1
# Python:     opentelemetry-exporter-prometheus 0.66b2, opentelemetry-sdk 1.45.2
# Exits 0 while that is so, 1 when it has changed. Needs node, npm, and python3 with venv and pip.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > package.json << 'JSON'
{ "private": true, "type": "module" }
JSON
npm install --silent --no-audit --no-fund @opentelemetry/exporter-prometheus@0.301.0 @opentelemetry/sdk-metrics@3.1.1 > /dev/null 2>&1
cat > metrics.js << 'JS'
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";

const reader = new PrometheusExporter({ preventServerStart: true });
const provider = new MeterProvider({ readers: [reader] });
const histogram = provider.getMeter("shop").createHistogram("http.server.request.duration", { unit: "s" });
histogram.record(0.3, { "feature_flag.result.variant": "on" });
const { resourceMetrics } = await reader.collect();
console.log(new PrometheusSerializer().serialize(resourceMetrics));
await provider.shutdown();
JS

python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check opentelemetry-exporter-prometheus==0.66b2 opentelemetry-sdk==1.45.2
cat > metrics.py << 'PY'
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import generate_latest

provider = MeterProvider(metric_readers=[PrometheusMetricReader()])
histogram = provider.get_meter("shop").create_histogram("http.server.request.duration", unit="s")
histogram.record(0.3, {"feature_flag.result.variant": "on"})
print(generate_latest().decode())
PY

name_in() { grep --only-matching '^http_[a-z_]*_count' | sed 's/_count$//'; }
js="$(node metrics.js | name_in)"
python="$(env/bin/python metrics.py | name_in)"
echo "the histogram http.server.request.duration, unit s, label feature_flag_result_variant"
echo "  JavaScript (exporter-prometheus 0.301.0): $js"
echo "  Python (exporter-prometheus 0.66b2):      $python"

if [[ $js == http_server_request_duration && $python == http_server_request_duration_seconds ]]; then
  echo "as known: JavaScript leaves the unit out"
else
  echo "it has changed"
  exit 1
fi
