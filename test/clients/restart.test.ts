import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { OFREPWebProviderOptions } from "@openfeature/ofrep-web-provider";
import { OpenFeature, ProviderEvents } from "@openfeature/web-sdk";
import { type RollguardServer, startRollguard } from "../support/rollguard-server.ts";
import { stackPolicy } from "../support/stack-policy.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";
import { alertBody, webhookBody } from "../support/webhook-bodies.ts";
import { type Line, startLine } from "./line.ts";
import { asInBrowsers, Page, streamIs } from "./page.ts";

const { ConfigurationChanged, Stale } = ProviderEvents;
const TOKEN = "a-token-that-only-this-test-knows";
const KEPT = { ROLLGUARD_STREAM_SECRET: "a secret that outlives the responder" };
const POLICY = stackPolicy(readFileSync("rules/genesis.yaml", "utf8"), {
  turnedOn: new Map([["phase_4_deployment", 100]]),
  addresses: new Map(),
  quick: [],
});

describe("a page whose Rollguard is killed and started again on the same data, and that missed a change", () => {
  const running = new Stopper();
  let asBefore: () => void;
  let rollguard: RollguardServer;
  let line: Line;

  beforeEach(() => {
    asBefore = asInBrowsers("EventSource");
  });

  afterEach(async () => {
    await OpenFeature.clearProviders();
    await running.stop();
    asBefore();
  });

  /** A page that listens, and was cut off while a new process turned its flag off. */
  async function missing(
    env: Record<string, string>,
    options: Partial<OFREPWebProviderOptions> = {},
  ): Promise<Page> {
    rollguard = await running.start(startRollguard({ policy: POLICY, webhookToken: TOKEN, env }));
    line = await startLine(rollguard.url);
    running.add(line.stop);
    const page = await new Page(line.url, options).open({ targetingKey: "ada" });
    expect(page.isOn("phase_4_deployment")).toBe(true);
    await streamIs("open");
    line.cut();
    await page.heard(Stale);
    await rollguard.crash();
    await fire();
    expect(page.isOn("phase_4_deployment")).toBe(true);
    line.mend();
    return page;
  }

  async function fire(): Promise<void> {
    const alert = alertBody("ErrorRateSpike", { labels: { application: "genesis" } });
    const reply = await fetch(rollguard.webhook, {
      method: "POST",
      headers: { Authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify(webhookBody([alert])),
    });
    expect(reply.status).toBe(200);
  }

  async function restored(page: Page): Promise<void> {
    const { status } = await rollguard.command("genesis", "shutdown", {
      on: true,
      reason: "to see it",
      confirm: "yes",
    });
    expect(status).toBe(200);
    await page.changed();
    expect(page.isOn("orchestration_enabled")).toBe(false);
  }

  test("is told at once where the secret of the streams is the same", async () => {
    const page = await missing(KEPT);
    await page.changed();
    expect(page.isOn("phase_4_deployment")).toBe(false);
    await restored(page);
  });

  test("has it after a second where the secret is another one: of that the provider says nothing", async () => {
    const page = await missing({});
    await until(
      "the flag to be off",
      () => page.isOn("phase_4_deployment"),
      (isOn) => !isOn,
    );
    expect(page.unheard(ConfigurationChanged)).toBe(0);
    await streamIs("open");
    await restored(page);
  });

  test("has it by its next poll where it polls and the secret is another one, and polls from then on", async () => {
    const page = await missing({}, { pollInterval: 50 });
    await page.changed();
    expect(page.isOn("phase_4_deployment")).toBe(false);
    await streamIs("closed");
    await restored(page);
    await streamIs("closed");
  });
});
