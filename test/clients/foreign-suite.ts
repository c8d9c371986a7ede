import { afterAll, beforeAll, expect, test } from "@jest/globals";
import request from "supertest";
import { RollguardError } from "../../src/domain/errors.ts";
import { StreamShop } from "../adapters/http/stream-shop.ts";
import { policyOf } from "../support/policies.ts";
import { OFF } from "../support/policies-rollout.ts";
import { Stopper } from "../support/stopper.ts";
import { storeWith } from "../support/store-with.ts";
import { type Command, ForeignClient, type Question } from "./foreign-client.ts";

/** Everything that can be the reason why a flag is off. */
const shop = policyOf({
  flags: [
    { key: "search" },
    { key: "gone", ...OFF },
    { key: "child", parent: "gone" },
    { key: "nobody", rolloutPercentage: 0 },
    { key: "half", rolloutPercentage: 50 },
    {
      key: "pilot",
      rolloutPercentage: 0,
      targeting: { users: new Set(), regions: new Set(["eu"]), rules: [] },
    },
    { key: "forced", override: false },
    { key: "cache" },
    { key: "safe", safeValue: true },
    { key: "shutdown", kind: "kill-switch", ...OFF },
  ],
  triggers: [{ alert: "CacheBroken", tier: "flag", flags: ["cache"] }],
});

const ada = { targetingKey: "ada" };
/** On the two sides of `half`. */
const IN = { targetingKey: "user-2" };
const OUT = { targetingKey: "user-0" };

export interface Told {
  /** Reason and metadata arrive as they were answered. */
  readonly details: boolean;
  /** OpenFeature's error for a context without a targeting key. */
  readonly keyMissing: string;
  /** What a context with an instant in it comes to: null is the server's value. */
  readonly date: string | null;
}

/** What every client has to have of flags, whatever the default in the code is. */
export function readsFlags(install: () => Promise<Command>, { details, keyMissing, date }: Told): void {
  const server = new StreamShop();
  const running = new Stopper();
  let client: ForeignClient;
  let command: Command;

  function connected(base: string): ForeignClient {
    const started = new ForeignClient(command, base);
    running.add(() => started.stop());
    return started;
  }

  beforeAll(async () => {
    command = await install();
    await server.start({ policies: [shop] });
    client = connected(server.base);
  }, 1_200_000);

  afterAll(async () => {
    await running.stop();
    await server.stop();
  });

  /** With both defaults: what decides is never the code's. */
  async function expectValue(
    question: Omit<Question, "byDefault">,
    value: boolean,
    reason: string,
    metadata: object = {},
  ): Promise<void> {
    for (const byDefault of [true, false]) {
      const answer = await client.ask({ ...question, byDefault });
      expect([question, answer]).toMatchObject([
        question,
        { value, error: null, variant: value ? "on" : "off" },
      ]);
      if (details) expect(answer).toMatchObject({ reason, metadata });
    }
  }

  test.each([
    ["search", ada, true, "STATIC", { revision: 0 }],
    ["search", {}, true, "STATIC", {}],
    ["gone", ada, false, "STATIC", { cause: "disabled" }],
    ["child", ada, false, "STATIC", { cause: "parent" }],
    ["nobody", ada, false, "STATIC", { cause: "percentage" }],
    ["forced", ada, false, "STATIC", { cause: "override", override: "FORCED" }],
    ["half", IN, true, "SPLIT", {}],
    ["half", OUT, false, "SPLIT", {}],
    ["pilot", { ...ada, region: "eu" }, true, "TARGETING_MATCH", {}],
    ["pilot", { region: "us" }, false, "STATIC", {}],
  ] as const)("%s for %j is %j", async (key, context, value, reason, metadata) => {
    await expectValue({ key, context }, value, reason, metadata);
  });

  test("what cannot be evaluated is the code's default", async () => {
    for (const byDefault of [true, false]) {
      const unknown = await client.ask({ key: "serach", byDefault });
      expect(unknown).toMatchObject({ value: byDefault, error: "FLAG_NOT_FOUND" });
      expect(await client.ask({ key: "half", byDefault })).toMatchObject({
        value: byDefault,
        error: keyMissing,
      });
      const dated = await client.ask({ key: "search", byDefault, date: true });
      expect(dated).toMatchObject({ value: date === null ? true : byDefault, error: date });
    }
  });

  test("a base address that ends in a slash is as good", async () => {
    const other = connected(`${server.base}/applications/shop/`);
    expect(await other.ask({ key: "gone", byDefault: true })).toMatchObject({ value: false, error: null });
  });

  test("of what nothing is known only what is safe is on, and the code's default never counts", async () => {
    const away = new StreamShop();
    const read = async (): Promise<never> => {
      throw new RollguardError("store_unavailable", "nobody answers");
    };
    await away.start({ policies: [shop], store: storeWith(server.app.store, { read }) });
    running.add(() => away.stop());
    const other = connected(away.base);
    for (const [key, value] of [
      ["search", false],
      ["safe", true],
    ] as const) {
      const answer = await other.ask({ key, byDefault: !value });
      expect(answer).toMatchObject({ value, error: null });
      if (details) expect(answer).toMatchObject({ reason: "UNKNOWN", metadata: { stale: true } });
    }
  });

  // These two last: nothing puts back what they do.
  test("what an alert rolled back is false", async () => {
    await expectValue({ key: "cache", context: ada }, true, "STATIC");
    const { body } = await server.fire("CacheBroken");
    const rollback = body.decisions[0].rollback;
    await expectValue({ key: "cache", context: ada }, false, "STATIC", { cause: "rollback", rollback });
    await expectValue({ key: "cache" }, false, "STATIC");
  });

  test("with the kill switch on everything is false", async () => {
    const reply = await request(server.server)
      .post("/api/v1/applications/shop/shutdown")
      .send({ on: true, reason: "drill", confirm: "yes" });
    expect(reply.status).toBe(200);
    for (const key of ["search", "half", "pilot"])
      await expectValue({ key, context: IN }, false, "STATIC", { cause: "kill_switch" });
    await expectValue({ key: "half" }, false, "STATIC");
  });
}
