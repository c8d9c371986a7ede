import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { genesis } from "../support/generated.ts";
import { type GeneratedFiles, generatedFiles, tool } from "../support/upstream-tools.ts";

/** What Genesis itself exposes, at one value each; every 15 s. */
interface Raw {
  readonly [series: string]: string;
}

const G = 'instance="genesis:8000",job="genesis"';
const bucket = (le: string) => `genesis_request_duration_seconds_bucket{${G},le="${le}"}`;

const RAW: Raw = {
  [`genesis_tests_passed{${G}}`]: "990+0x60",
  [`genesis_tests_total{${G}}`]: "1000+0x60",
  [`genesis_errors_total{${G}}`]: "100+3x60",
  [`genesis_requests_total{${G}}`]: "1000+300x60",
  [bucket("0.1")]: "1000+270x60",
  [bucket("0.5")]: "1000+300x60",
  [bucket("+Inf")]: "1000+300x60",
  [`genesis_health_checks_passed{${G}}`]: "4+0x60",
  [`genesis_health_check_consecutive_failures{${G}}`]: "2+0x60",
  [`up{${G}}`]: "1+0x60",
  'node_memory_MemAvailable_bytes{instance="n",job="node"}': "25+0x60",
  'node_memory_MemTotal_bytes{instance="n",job="node"}': "100+0x60",
  'node_cpu_seconds_total{cpu="0",instance="n",job="node",mode="idle"}': "1000+6x60",
};

const OWN = '{application="genesis"}';
const OF_TARGET = `{application="genesis",${G}}`;
const OF_NODE = '{application="genesis",instance="n",job="node"}';

let files: GeneratedFiles;

beforeAll(async () => {
  files = await generatedFiles([genesis()]);
});

afterAll(() => files?.remove());

async function promtoolTest(test: object): Promise<string> {
  const file = files.file("rules/generated/raw.test.yml");
  const content = { rule_files: ["genesis.rules.yml"], evaluation_interval: "15s", tests: [test] };
  await writeFile(file, JSON.stringify(content));
  return (await tool("promtool", "test", "rules", file)).output;
}

const inputOf = (raw: Raw) => Object.entries(raw).map(([series, values]) => ({ series, values }));

describe("the recording rules", () => {
  it.each([
    ["test_pass_rate", OF_TARGET, 99],
    ["error_rate", OWN, 1],
    ["p95_latency", OWN, 300],
    ["p99_latency", OWN, 460],
    ["health_checks_passed", OWN, 4],
    ["health_check_failures", OWN, 2],
    ["uptime", OWN, 100],
    ["memory_used", OF_NODE, 75],
    ["cpu_used", '{application="genesis",instance="n"}', 60],
  ])("turn Genesis' raw metrics into %s", async (metric, labels, value) => {
    const output = await promtoolTest({
      interval: "15s",
      input_series: inputOf(RAW),
      promql_expr_test: [
        {
          expr: `round(${metric}, 0.001)`,
          eval_time: "10m",
          exp_samples: [{ labels, value }],
        },
      ],
    });
    expect(output).toContain("SUCCESS");
  });

  it("count the errors of all instances together: the worst of four does not speak for the service", async () => {
    const pod = (name: string, errors: number): Raw => ({
      [`genesis_errors_total{instance="${name}",job="genesis"}`]: `0+${errors}x60`,
      [`genesis_requests_total{instance="${name}",job="genesis"}`]: "0+300x60",
    });
    const output = await promtoolTest({
      interval: "15s",
      input_series: inputOf({ ...pod("a", 0), ...pod("b", 0), ...pod("c", 0), ...pod("d", 6) }),
      promql_expr_test: [
        { expr: "error_rate", eval_time: "10m", exp_samples: [{ labels: `error_rate${OWN}`, value: 0.5 }] },
        {
          expr: 'ALERTS{alertname="ErrorRateSpike",alertstate="firing"}',
          eval_time: "10m",
          exp_samples: [],
        },
      ],
    });
    expect(output).toContain("SUCCESS");
  });
});

describe("a broken Genesis", () => {
  it("fires what calls for its rollback, from its raw metrics", async () => {
    const output = await promtoolTest({
      interval: "15s",
      input_series: inputOf({
        ...RAW,
        [`genesis_tests_passed{${G}}`]: "900+0x60",
        [`genesis_errors_total{${G}}`]: "100+30x60",
        [bucket("0.5")]: "1000+270x60",
        [bucket("1.5")]: "1000+300x60",
      }),
      promql_expr_test: [
        {
          expr: 'count by (alertname) (ALERTS{alertstate="firing",rollback!=""})',
          eval_time: "8m",
          exp_samples: [
            "TestPassRateCritical",
            "ErrorRateSpike",
            "LatencyExtreme",
            "P99LatencyExtreme",
            "ErrorRateAboveStageLimit",
            "LatencyAboveStageLimit",
          ].map((alertname) => ({ labels: `{alertname="${alertname}"}`, value: 1 })),
        },
      ],
    });
    expect(output).toContain("SUCCESS");
  });

  it("without requests fires neither errors nor latencies, but says that we are blind", async () => {
    const counters = [
      `genesis_errors_total{${G}}`,
      `genesis_requests_total{${G}}`,
      ...["0.1", "0.5", "+Inf"].map(bucket),
    ];
    const output = await promtoolTest({
      interval: "15s",
      input_series: inputOf({ ...RAW, ...Object.fromEntries(counters.map((name) => [name, "1000+0x60"])) }),
      promql_expr_test: [
        {
          expr: 'count by (alertname) (ALERTS{alertstate="firing",severity!="none",alertname!~"Rollguard.*"})',
          eval_time: "8m",
          exp_samples: [{ labels: '{alertname="NoRequests"}', value: 1 }],
        },
      ],
    });
    expect(output).toContain("SUCCESS");
  });
});
