#!/usr/bin/env bash
# OFREP: the same valid answer, {"value": false, "reason": "DISABLED"}, is `false` in Python's provider and the default of
# the application's code, here `true`, in Go's. No error comes with it. So a server that turns a flag off and says DISABLED, as the
# protocol's list of reasons offers, has it on in Go services whose default is `true`; with STATIC both read `false`.
#
# Go:     github.com/open-feature/go-sdk-contrib/providers/ofrep v0.1.7, go-sdk v1.17.0
# Python: openfeature-provider-ofrep 0.3.0, openfeature-sdk 0.10.0
# Exits 0 while that is so, 1 when it has changed. Needs go, and python3 with pip.
set -euo pipefail

folder="$(mktemp -d)"
server=""
cleanup() {
  if [[ -n $server ]]; then kill "$server" 2> /dev/null || true; fi
  rm -rf "$folder"
}
trap cleanup EXIT
cd "$folder"

cat > server.py << 'PY'
import http.server, json


class Answers(http.server.BaseHTTPRequestHandler):
    """The flag's key is the reason that it is answered with; the value is always false."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        key = self.path.rsplit("/", 1)[1]
        body = json.dumps({"key": key, "value": False, "variant": "off", "reason": key, "metadata": {}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
with open("port", "w") as file:
    file.write(str(server.server_address[1]))
server.serve_forever()
PY

cat > ask.py << 'PY'
import sys

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider

api.set_provider(OFREPProvider(sys.argv[1]))
for reason in sys.argv[2:]:
    details = api.get_client().get_boolean_details(reason, True)
    print("Python", reason, str(details.value).lower(), details.error_code or "no error")
PY

mkdir go
cat > go/go.mod << 'MOD'
module finding

go 1.24.0

require (
	github.com/open-feature/go-sdk v1.17.0
	github.com/open-feature/go-sdk-contrib/providers/ofrep v0.1.7
)
MOD
cat > go/main.go << 'GO'
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/open-feature/go-sdk-contrib/providers/ofrep"
	"github.com/open-feature/go-sdk/openfeature"
)

func main() {
	if err := openfeature.SetProviderAndWait(ofrep.NewProvider(os.Args[1])); err != nil {
		panic(err)
	}
	client := openfeature.NewClient("finding")
	for _, reason := range os.Args[2:] {
		details, err := client.BooleanValueDetails(context.Background(), reason, true, openfeature.EvaluationContext{})
		if err != nil {
			fmt.Println("Go", reason, details.Value, err)
			continue
		}
		fmt.Println("Go", reason, details.Value, "no error")
	}
}
GO

python3 -m pip install --quiet --root-user-action=ignore --disable-pip-version-check --target packages \
  openfeature-provider-ofrep==0.3.0 openfeature-sdk==0.10.0
(cd go && GOFLAGS=-mod=mod go build -o ../ask-go . 2> build.log) || {
  cat go/build.log >&2
  exit 2
}

python3 server.py &
server=$!
for _ in $(seq 100); do
  [[ -s port ]] && break
  sleep 0.1
done
base="http://127.0.0.1:$(cat port)"

echo "Python openfeature-provider-ofrep 0.3.0, Go providers/ofrep v0.1.7; the code's default is true, the value answered is false:"
{
  PYTHONPATH=packages python3 ask.py "$base" DISABLED STATIC
  ./ask-go "$base" DISABLED STATIC
} | tee seen

cat > expected << 'SEEN'
Python DISABLED false no error
Python STATIC false no error
Go DISABLED true no error
Go STATIC false no error
SEEN
if diff expected seen; then
  echo "as found: answered value=false with the code's default true, Go takes the default for DISABLED"
else
  echo "changed: not as it was found" >&2
  exit 1
fi
