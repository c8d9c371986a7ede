import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { alertmanagerConfig } from "../../src/domain/generate/alertmanager-config.ts";
import { genesis, INSTALLED } from "../support/generated.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/process.ts";
import { tool } from "../support/upstream-tools.ts";

const { receivers } = alertmanagerConfig([genesis()], INSTALLED);
const slack = receivers.flatMap(({ slack_configs }) => slack_configs ?? []);
const pagers = receivers.flatMap(({ pagerduty_configs }) => pagerduty_configs ?? []);

const alert = (alertname: string, runbook_url?: string) => ({
  status: "firing",
  labels: { alertname, application: "genesis" },
  annotations: {
    summary: `${alertname} is bad`,
    description: `The value of ${alertname} is 5.`,
    ...(runbook_url === undefined ? {} : { runbook_url }),
  },
});

const DATA = {
  status: "firing",
  alerts: [alert("ErrorRateSpike", "docs/runbooks/ErrorRateSpike.md"), alert("LatencyExtreme")],
  commonLabels: { application: "genesis" },
  externalURL: "http://alertmanager.example:9093",
};

let directory: TemporaryDirectory;

beforeAll(async () => {
  directory = await temporaryDirectory("words");
});

afterAll(() => directory?.remove());

/** What Alertmanager makes of a template. */
async function rendered(template: string, data: object = DATA): Promise<string> {
  const file = `${directory.path}/data.json`;
  await writeFile(file, JSON.stringify(data));
  const args = ["--template.glob=/dev/null", `--template.text=${template}`, `--template.data=${file}`];
  const { code, output } = await tool("amtool", "template", "render", ...args);
  expect(code).toBe(0);
  return output.trim();
}

const TITLE = "[FIRING] genesis: ErrorRateSpike, LatencyExtreme";

describe("what Slack shows, as Alertmanager renders it", () => {
  it("is the same in every receiver", () => {
    expect(slack).toHaveLength(3);
    expect(
      new Set(slack.map(({ title, title_link, text }) => [title, title_link, text].join("\n"))).size,
    ).toBe(1);
  });

  it("has a title that says whether it began or ended, whose it is, and which alerts", async () => {
    expect(await rendered(String(slack[0]?.title))).toBe(TITLE);
    const ended = { ...DATA, status: "resolved", alerts: [alert("ServiceDown")] };
    expect(await rendered(String(slack[0]?.title), ended)).toBe("[RESOLVED] genesis: ServiceDown");
  });

  it("has a title that leads to Alertmanager", async () => {
    expect(await rendered(String(slack[0]?.title_link))).toBe("http://alertmanager.example:9093");
  });

  it("has a text that says of each alert what is wrong, how much, and what to do", async () => {
    expect(await rendered(String(slack[0]?.text))).toBe(
      [
        "*ErrorRateSpike is bad*",
        "The value of ErrorRateSpike is 5.",
        "docs/runbooks/ErrorRateSpike.md",
        "*LatencyExtreme is bad*",
        "The value of LatencyExtreme is 5.",
      ].join("\n"),
    );
  });
});

it("PagerDuty's description says whose it is, and which alerts", async () => {
  expect(pagers).toHaveLength(2);
  for (const { description } of pagers) expect(await rendered(String(description))).toBe(TITLE);
});
