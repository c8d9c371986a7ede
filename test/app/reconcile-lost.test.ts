import { afterEach, describe, expect, test } from "@jest/globals";
import { createRedisStore } from "../../src/adapters/store/redis/redis-store.ts";
import { Lanes } from "../../src/app/lanes.ts";
import { Policies } from "../../src/app/policies.ts";
import type { ActiveAlert } from "../../src/app/ports.ts";
import { Reconcile } from "../../src/app/reconcile.ts";
import { count, flagState } from "../contract/works.ts";
import { policyOf } from "../support/policies.ts";
import { startRedis } from "../support/redis-server.ts";
import { Stopper } from "../support/stopper.ts";
import { alertsOf, firing } from "./evidence-sources.ts";
import { recorderOf } from "./recorders.ts";

const PARTS = ["meta", "state", "events", "outbox"];
const keyOf = (part: string): string => `rollguard:{shop}:${part}`;

const policy = policyOf({
  tiers: { "safe-state": { trafficCap: 0 } },
  triggers: [{ alert: "ErrorsSpike", tier: "safe-state" }],
});

describe("a rollback that a failover has lost", () => {
  const running = new Stopper();
  afterEach(() => running.stop());

  test("is found again in Alertmanager's list, and who had seen it goes on without a restart", async () => {
    const server = await running.start(startRedis());
    const store = createRedisStore({
      url: server.url,
      observer: { lockWaited() {}, transacted() {}, conflicted() {} },
    });
    running.add(() => store.close());
    const policies = new Policies([policy]);
    let active: readonly ActiveAlert[] = [];
    const counted: string[] = [];
    const reconcile = new Reconcile({
      policies,
      store,
      lanes: new Lanes({ store, policies }),
      clock: store.clock,
      recorder: recorderOf({ reconciled: (outcome) => void counted.push(outcome) }),
      logger: { debug() {}, info() {}, warn() {}, error() {} },
      alerts: alertsOf(async () => active),
      askWhyUnread: null,
    });
    await store.transact("shop", (state) => ({
      ...count("operator")(state),
      changes: [{ kind: "flag", key: "traffic", value: flagState(60) }],
    }));
    for (const part of PARTS) await server.call("COPY", keyOf(part), `${keyOf(part)}:replica`);
    active = [firing("ErrorsSpike", { application: "shop" })];
    await reconcile.poll();
    expect((await store.read("shop")).rollback?.trigger).toBe("ErrorsSpike");
    for (const part of PARTS) {
      await server.call("DEL", keyOf(part));
      await server.call("RENAME", `${keyOf(part)}:replica`, keyOf(part)).catch(() => undefined);
    }
    await expect(store.read("shop")).rejects.toThrow(/another history/);

    await reconcile.poll();

    const { rollback, flags } = await store.read("shop");
    expect(rollback?.startedBy).toBe("reconcile");
    expect(flags.get("traffic")).toMatchObject({ enabled: false });
    expect(counted).toEqual(["acted", "acted"]);
  });
});
