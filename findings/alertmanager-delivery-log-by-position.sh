#!/usr/bin/env bash
# Alertmanager (0.25.0): its notification log knows a webhook by its place in the receiver (`webhook/0`), not by its address. A webhook
# that is put in front of another one takes over what that one was told: after the reload it hears nothing of the alerts that
# fire, until repeat_interval or the next change of their group; the one behind it is told a second time. Put at the end
# instead, it is told at once. The order of a list, which nobody takes for more, decides whether a new receiver hears of a fire.
#
# Seen: [first] is told once. [new, first]: new 0, first 2. [first, last]: last 1.
# Run: bash findings/alertmanager-delivery-log-by-position.sh [alertmanager]    Exit 0: still so; 1: it has changed.
# Needs alertmanager (Debian's package, or a binary as the argument), curl, python3.
set -euo pipefail
alertmanager="${1:-prometheus-alertmanager}"
if ! command -v "$alertmanager" > /dev/null; then apt-get install -y -qq prometheus-alertmanager > /dev/null; fi
folder="$(mktemp -d)"
pids=()
trap 'kill "${pids[@]}" 2> /dev/null || true; wait 2> /dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"

cat > receiver.py <<'PY'
# Notes the path of each webhook, which is its name.
import http.server
class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        with open("told", "a") as told: told.write(self.path + "\n")
        self.send_response(200); self.end_headers()
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", 19881), Receiver).serve_forever()
PY
configure() {
  {
    echo 'route: { receiver: all, group_by: ["..."], group_wait: 0s, group_interval: 1s, repeat_interval: 1h }'
    echo 'receivers:'
    echo '  - name: all'
    echo '    webhook_configs:'
    for name in "$@"; do echo "      - { url: \"http://127.0.0.1:19881/$name\" }"; done
  } > config.yml
}
api=http://127.0.0.1:19882
count() { grep -cx "/$1" told || true; }
# Eight group intervals: whoever is to be told of what fires has been by then.
reload() { configure "$@"; curl -sf -X POST "$api/-/reload"; sleep 8; }

touch told
python3 receiver.py & pids+=($!)
configure first
"$alertmanager" --config.file=config.yml --storage.path=data --web.listen-address=127.0.0.1:19882 --cluster.listen-address= 2> log & pids+=($!)
for _ in $(seq 60); do curl -sf "$api/-/ready" > /dev/null && break; sleep 0.5; done
ends="$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)"
curl -sf "$api/api/v2/alerts" -H 'content-type: application/json' -d "[{\"labels\":{\"alertname\":\"Fire\"},\"endsAt\":\"$ends\"}]"
for _ in $(seq 60); do [ "$(count first)" = 1 ] && break; sleep 0.5; done
[ "$(count first)" = 1 ] || { echo "the first webhook is not told"; cat log; exit 1; }

"$alertmanager" --version 2>&1 | head -n 1
reload new first
new="$(count new)"; first="$(count first)"
echo "in front:   new is told $new times, first $first times"
: > told
configure first; curl -sf -X POST "$api/-/reload"
curl -sf "$api/api/v2/alerts" -H 'content-type: application/json' -d "[{\"labels\":{\"alertname\":\"Second\"},\"endsAt\":\"$ends\"}]"
for _ in $(seq 60); do [ "$(count first)" -ge 1 ] && break; sleep 0.5; done
: > told
reload first last
last="$(count last)"
echo "at the end: last is told $last times of the alert that was new"
[ "$new" = 0 ] && [ "$first" = 2 ] && [ "$last" -ge 1 ]
