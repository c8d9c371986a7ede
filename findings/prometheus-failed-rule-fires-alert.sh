#!/usr/bin/env bash
# Prometheus (2.42.0, 3.14.0): a recording rule that fails leaves its last value behind, without a mark of its end, and for five
# minutes every query and every rule reads it as if it were of now. So an alert with `for` fires on one single bad evaluation when
# its recording rule begins to fail just then, as of a second version of a pod (many-to-many). A rule that gives *nothing* is
# marked as ended at once, and its alert never fires. timestamp(), and the rules API, tell the two apart.
#
# Seen: failing rule: value 50 with an age of 20 s and more, rules API health "err", alert for: 15s firing, of one bad evaluation.
#       empty rule:   no value a second later, alert gone.
# Run: bash findings/prometheus-failed-rule-fires-alert.sh [prometheus]    Exit 0: still so; 1: it has changed.
# Needs prometheus (Debian's package, or a binary as the argument), curl, python3.
set -euo pipefail
prometheus="${1:-prometheus}"
if ! command -v "$prometheus" > /dev/null; then apt-get install -y -qq prometheus > /dev/null; fi
folder="$(mktemp -d)"
pids=()
trap 'kill "${pids[@]}" 2> /dev/null || true; wait 2> /dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"

cat > service.py <<'PY'
# Two pairs of metrics. Once `bad` is there both ratios are bad for a bit more than one evaluation; then the first one meets a
# second version of its pod, and the second one has no requests counted any more.
import http.server, pathlib, time
class Service(http.server.BaseHTTPRequestHandler):
    since = None
    def do_GET(self):
        if pathlib.Path("bad").exists() and Service.since is None: Service.since = time.time()
        for_now = 0 if Service.since is None else time.time() - Service.since
        failed = 50 if Service.since else 0
        lines = [f'failed{{pod="a"}} {failed}', 'served{pod="a",version="1"} 100']
        if for_now > 1.5: lines.append('served{pod="a",version="2"} 100')
        if for_now <= 1.5: lines += [f'lost{{pod="a"}} {failed}', 'asked{pod="a"} 100']
        body = ("\n".join(lines) + "\n").encode()
        self.send_response(200); self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers(); self.wfile.write(body)
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", 19871), Service).serve_forever()
PY
cat > prometheus.yml <<'YAML'
global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
rule_files: [rules.yml]
scrape_configs: [{ job_name: shop, static_configs: [{ targets: ["127.0.0.1:19871"] }] }]
YAML
cat > rules.yml <<'YAML'
groups:
  - name: shop
    rules:
      - { record: fails, expr: failed / on (pod) served * 100 }
      - { alert: Fails, expr: fails > 1, for: 15s }
      - { record: ends, expr: lost / on (pod) asked * 100 }
      - { alert: Ends, expr: ends > 1, for: 15s }
YAML
python3 service.py & pids+=($!)
"$prometheus" --config.file=prometheus.yml --storage.tsdb.path=data --web.listen-address=127.0.0.1:19872 2> log & pids+=($!)
api=http://127.0.0.1:19872/api/v1
ask() { curl -s "$api/query" --data-urlencode "query=$1" | python3 -c 'import json,sys; r=json.load(sys.stdin)["data"]["result"]; print(r[0]["value"][1] if r else "none")'; }
for _ in $(seq 60); do [ "$(curl -s "$api/query" --data-urlencode 'query=fails' 2> /dev/null | grep -c '"0"')" = 1 ] && break; sleep 0.5; done
[ "$(ask fails)" = 0 ] || { echo "nothing is recorded"; cat log; exit 1; }

"$prometheus" --version 2>&1 | head -n 1
touch bad
sleep 24
value="$(ask fails)"; age="$(ask 'time() - timestamp(fails)')"
health="$(curl -s "$api/rules?type=record" | python3 -c 'import json,sys; print({r["name"]: r["health"] for g in json.load(sys.stdin)["data"]["groups"] for r in g["rules"]}["fails"])')"
fails="$(ask 'ALERTS{alertname="Fails",alertstate="firing"}')"; ends="$(ask ends)"; ended="$(ask 'ALERTS{alertname="Ends"}')"
echo "failing rule: health $health, an instant query gives $value, its sample is ${age%.*} s old; alert firing: $fails"
echo "empty rule:   an instant query gives $ends; alert: $ended"
[ "$health" = err ] && [ "$value" = 50 ] && [ "${age%.*}" -ge 15 ] && [ "$fails" = 1 ] && [ "$ends" = none ] && [ "$ended" = none ]
