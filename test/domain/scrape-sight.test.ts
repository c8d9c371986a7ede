import { describe, expect, it } from "@jest/globals";
import { isHeldAsBlind } from "../../src/domain/keep-back.ts";
import { asksWhetherUp, isAnswered, judgesWhetherUp } from "../../src/domain/scrape-sight.ts";
import { genesis, policyFrom } from "../support/generated.ts";
import { MINUTE, SECOND } from "../support/policies-rollout.ts";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";

describe("a scrape that failed", () => {
  it.each([
    'expected label value, got "INVALID"',
    'expected value after metric, got "{" ("INVALID") while parsing: "a {"',
    'strconv.ParseFloat: parsing "abc": invalid syntax',
    '"INVALID" is not a valid start token',
    "data does not end with # EOF",
    "invalid UTF-8 label value",
    'invalid metric type "gouge"',
    "gzip: invalid header",
    "sample limit exceeded",
    "body size limit exceeded",
    "label_limit exceeded (metric: a, number of labels: 8, limit: 4)",
    'label_value_length_limit exceeded (metric: a, label name: b, value: "x", length: 300, limit: 64)',
    'received unsupported Content-Type "text/html" and no fallback_scrape_protocol specified for target',
    "non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for target",
  ])("was answered: %s", (error) => {
    expect(isAnswered(error)).toBe(true);
  });

  it.each([
    "",
    "unexpected EOF",
    "context deadline exceeded",
    'Get "http://127.0.0.1:1/metrics": dial tcp 127.0.0.1:1: connect: connection refused',
    'Get "http://127.0.0.1:1/metrics": context deadline exceeded',
    'Get "http://a/expected-b, got c": EOF',
    "server returned HTTP status 500 Internal Server Error",
    "server returned HTTP status 404 Not Found",
    "something that a later Prometheus says",
  ])("means down: %s", (error) => {
    expect(isAnswered(error)).toBe(false);
  });
});

describe("alerts that ask whether targets are up", () => {
  it("are known by what they read, also through metrics that the policy records", () => {
    const asks = (name: string): boolean => asksWhetherUp(genesis(), name);
    expect([asks("ServiceDown"), asks("ServiceFlapping"), asks("ErrorRateSpike")]).toEqual([
      true,
      true,
      false,
    ]);
    const shop = policyFrom(`
metrics:
  - { record: worst, expr: uptime * 1, unit: percent }
  - { record: uptime, expr: 'avg(up{job="a"})', unit: percent }
alerts:
  - { alert: Worst, expr: worst < 99, rollback: phase }
  - { alert: Numbers, expr: 1 > 2, rollback: phase }
  - { alert: Other, expr: 'update{job="up"} > 1 # up', rollback: phase }
`);
    expect([asksWhetherUp(shop, "Worst"), asksWhetherUp(shop, "Other")]).toEqual([true, false]);
    const judges = (metric: string, expr: string | null = null) => judgesWhetherUp(shop, { metric, expr });
    expect([judges("worst"), judges("targets", "min(up)"), judges("up_to"), judges("up", "a / b")]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe("a target that answers and cannot be read", () => {
  const UNREAD = "shop:80 answers, and Prometheus cannot read it (sample limit exceeded)";
  const fires = (app: RollbackSimulator, unread: string | null) =>
    app.take({
      type: "alert",
      alert: {
        fingerprint: "f",
        name: "ServiceDown",
        status: "firing",
        startsAt: 0,
        application: "shop",
        job: null,
        labels: {},
      },
      unread,
    });

  it("is asked about before anything is turned down", () => {
    const app = new RollbackSimulator({ policy: running });
    expect(fires(app, "to be asked")).toMatchObject({ asks: "unread", changes: [], events: [] });
    expect(app.state.rollback).toBeNull();
  });

  it("holds, pages once, and is acted on once it is down", () => {
    const app = new RollbackSimulator({ policy: running });
    const detail = `ServiceDown tells of no fault: ${UNREAD}; nothing is turned down, and nobody sees how it is`;
    const decision = fires(app, UNREAD);
    expect(decision).toMatchObject({ reason: "held", tier: "emergency", detail });
    expect(decision.messages).toMatchObject([{ kind: "blind", subject: "alert-ServiceDown", page: true }]);
    expect(decision.events.map(isHeldAsBlind)).toEqual([true]);
    expect([...app.state.kept.values()]).toMatchObject([{ name: "ServiceDown", why: "blind" }]);
    expect(app.state.rollback).toBeNull();
    expect(app.traffic).toBe(100);
    app.now += 30 * SECOND;
    expect(fires(app, UNREAD)).toMatchObject({ reason: "held", events: [], messages: [] });
    app.now += MINUTE;
    const down = fires(app, null);
    expect(down).toMatchObject({ reason: "rolled_back", tier: "emergency" });
    expect(down.messages.at(-1)).toMatchObject({ kind: "ended", subject: "alert-ServiceDown" });
    expect(app.state.kept.size).toBe(0);
    expect(down.events.map(isHeldAsBlind)).toEqual([false]);
  });

  it("makes an open rollback no more severe", () => {
    const app = new RollbackSimulator({ policy: running });
    app.fires("TestsFail");
    expect(fires(app, UNREAD)).toMatchObject({ reason: "held" });
    expect(app.open.tier).toBe("phase");
  });
});
