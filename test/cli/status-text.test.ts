import { describe, expect, it } from "@jest/globals";
import { type Shop, shopInVirtualTime, shownOn } from "./rollout-shop.ts";

const UTF8 = { LANG: "en_US.UTF-8", NO_COLOR: "1" };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const show = ({ view, simulator }: Shop): string => shownOn(UTF8, view(), simulator.now);
/** Without what every one of them begins and ends with. */
const rolloutIn = (shop: Shop): string =>
  show(shop)
    .replace(/^.*\n/, "")
    .replace(/\n {2}no rollback is open$/, "");

/** In its first stage, after some checks. */
async function baking(): Promise<Shop> {
  const shop = await shopInVirtualTime();
  shop.simulator.deploy(shop.plan, { reason: "release 12" });
  shop.simulator.runFor(25 * MINUTE, { errors: 0.25, latency: 150 });
  return shop;
}

/** In its second stage, which is all green and wants an operator. */
async function waiting(): Promise<Shop> {
  const shop = await shopInVirtualTime();
  shop.simulator.deploy(shop.plan);
  shop.simulator.runFor(3 * HOUR, { errors: 0.25, latency: 150 });
  return shop;
}

/** The open rollback is known to have helped. */
function verifyIn({ simulator }: Shop): void {
  for (let good = 0; good < 3; good++) {
    const { rollback, verification } = simulator.state;
    simulator.now = Math.max(simulator.now, verification?.nextCheckAt ?? 0);
    const takenAt = simulator.now;
    const values = new Map([
      ["errors", [0]],
      ["latency", [100]],
    ]);
    const evidence = {
      rollback: rollback?.id ?? "",
      takenAt,
      values,
      answered: ["Trigger"],
      breached: [],
      blindness: [],
    };
    simulator.take({ type: "verify", evidence });
  }
}

describe("the status of an active rollout", () => {
  it("says what makes its comparison doubtful", async () => {
    const shop = await baking();
    const { state } = shop.simulator;
    const users = { flag: "traffic", percentage: 10, treatment: 40, control: 360 };
    if (state.bake === null) throw new Error("it does not bake");
    state.bake = { ...state.bake, users: { ...users, sampled: { treatment: 40, control: 360 } } };
    expect(rolloutIn(shop)).toContain(
      "\n    few users: about 40 have traffic; below 1,000 luck alone makes a difference of 0.5 %\n",
    );
  });

  it("has stage, bake, gate and the last decision", async () => {
    expect(show(await baking())).toBe(`\
shop: 10 % of traffic, revision 1, 2 flags on, 1 off
  rollout ro-1-mwoe5eo0: steady, running; begun 2026-11-20T03:00:00Z by mia
    [███░░░░░░░░░░░░░░░░░] stage 1 of 3 "A few": 10 % of traffic
    bake: 35m left of 1h; next check in 5m, at 2026-11-20T03:30:00Z
      green  errors   0.25  green < 1    red > 5    every check of the bake
      green  latency  150   green < 200  never red  the average of the bake
    last decision 2026-11-20T03:00:00Z: steady deployed by mia: release 12
  no rollback is open`);
  });

  it("is drawn in ASCII where the terminal knows nothing else", async () => {
    const { view, simulator } = await baking();
    expect(shownOn({ LANG: "C", NO_COLOR: "1" }, view(), simulator.now)).toContain(
      '    [###-----------------] stage 1 of 3 "A few": 10 % of traffic\n',
    );
  });

  it("is coloured by what is well and what is not", async () => {
    const shop = await baking();
    shop.simulator.runFor(10 * MINUTE, { errors: 2 });
    expect(shownOn({ LANG: "C" }, shop.view(), shop.simulator.now).replaceAll("\x1b", "ESC")).toBe(`\
ESC[1mshopESC[0m: 10 % of traffic, revision 1, 2 flags on, 1 off
  rollout ro-1-mwoe5eo0: steady, ESC[32mrunningESC[0m; begun 2026-11-20T03:00:00Z by mia
    [####----------------] stage 1 of 3 "A few": 10 % of traffic
    bake: 25m left of 1h; next check in 5m, at 2026-11-20T03:40:00Z
      ESC[33myellowESC[0m  errors   2        green < 1    red > 5    every check of the bake
      ESC[32mgreenESC[0m   latency  199.999  green < 200  never red  the average of the bake
    last decision 2026-11-20T03:00:00Z: steady deployed by mia: release 12
  no rollback is open`);
  });

  it("counts down from when the server was asked", async () => {
    const { view, simulator } = await baking();
    const askedAt = simulator.now;
    const later = shownOn(UTF8, view(), askedAt + 61_000, { askedAt });
    expect(later).toContain("bake: 33m59s left of 1h; next check in 3m59s, at 2026-11-20T03:30:00Z\n");
  });

  it("says at the end of the bake what it waits for", async () => {
    const { view, simulator } = await baking();
    const askedAt = simulator.now;
    expect(shownOn(UTF8, view(), askedAt + HOUR, { askedAt })).toContain(
      "bake: 1h done; a check is due, at 2026-11-20T03:30:00Z\n",
    );
  });

  it("tells what a pause means", async () => {
    const shop = await baking();
    shop.simulator.says("pause", { reason: "lunch" });
    shop.simulator.now += HOUR;
    expect(rolloutIn(shop)).toBe(`\
  rollout ro-1-mwoe5eo0: steady, paused; begun 2026-11-20T03:00:00Z by mia
    [███░░░░░░░░░░░░░░░░░] stage 1 of 3 "A few": 10 % of traffic
    bake: 35m left of 1h, stopped while paused
      green  errors   0.25  green < 1    red > 5    every check of the bake
      green  latency  150   green < 200  never red  the average of the bake
    last decision 2026-11-20T03:25:00Z: paused by mia: lunch
    paused since 2026-11-20T03:25:00Z: nothing is looked at, and nothing is promoted
    → triggers still roll back; go on with rollguard resume, or end it with rollguard abort`);
  });

  it("tells what keeps it from seeing", async () => {
    const shop = await baking();
    shop.simulator.nextCheck({ latency: null }, ["Prometheus does not answer"]);
    expect(rolloutIn(shop)).toBe(`\
  rollout ro-1-mwoe5eo0: steady, holding; begun 2026-11-20T03:00:00Z by mia
    [███░░░░░░░░░░░░░░░░░] stage 1 of 3 "A few": 10 % of traffic
    bake: 31m left of 1h, stopped while blind; next check in 15s, at 2026-11-20T03:30:15Z
      green  errors   0.25  green < 1    red > 5    every check of the bake
      green  latency  150   green < 200  never red  the average of the bake
    last decision 2026-11-20T03:30:00Z: held by clock: blind: Prometheus does not answer; no data for latency
    blind since 2026-11-20T03:30:00Z: Prometheus does not answer; no data for latency
    → nothing is promoted; it goes on by itself when there is data again; rollguard preflight helps to find the cause`);
  });

  it("tells what to do about a gate that the policy has lost", async () => {
    const shop = await baking();
    shop.simulator.policy = { ...shop.simulator.policy, gates: new Map() };
    shop.simulator.nextLook();
    expect(rolloutIn(shop)).toContain(
      "→ put the gate back into the policy and reload it, or end the rollout with rollguard abort",
    );
  });

  it("tells what is yellow, and that it goes on by itself", async () => {
    const shop = await baking();
    shop.simulator.runFor(40 * MINUTE, { errors: 2 });
    expect(rolloutIn(shop)).toBe(`\
  rollout ro-1-mwoe5eo0: steady, holding; begun 2026-11-20T03:00:00Z by mia
    [░░░░░░░░░░░░░░░░░░░░] stage 1 of 3 "A few": 10 % of traffic
    bake: 2h55m left of 3h; next check in 5m, at 2026-11-20T04:10:00Z
      not yet  errors   -  green < 1    red > 5    every check of the bake
      not yet  latency  -  green < 200  never red  the average of the bake
    last decision 2026-11-20T04:00:00Z: held by clock: errors 2 is yellow (green is < 1)
    held since 2026-11-20T04:00:00Z: errors 2 is yellow (green is < 1)
    → it bakes anew for 3h, and is then judged again by itself; rollguard abort ends it`);
  });

  it("asks for the approval that it waits for", async () => {
    expect(rolloutIn(await waiting())).toBe(`\
  rollout ro-1-mwoe5eo0: steady, holding; begun 2026-11-20T03:00:00Z by mia
    [█████████████░░░░░░░] stage 2 of 3 "Half": 50 % of traffic
    bake: 2h done; next check in 10m, at 2026-11-20T06:10:00Z
      green  errors   0.25  green < 1    red > 5    every check of the bake
      green  latency  150   green < 200  never red  the average of the bake
    last decision 2026-11-20T06:00:00Z: held by clock: all green: it waits for an operator to approve it
    waits for approval since 2026-11-20T06:00:00Z
    → promote it with rollguard approve, or end it with rollguard abort`);
  });

  it("names the bounds that the operator chose", async () => {
    const shop = await shopInVirtualTime();
    shop.simulator.deploy(shop.plan, { thresholds: new Map([["errors", 0.5]]) });
    expect(rolloutIn(shop)).toContain(`\
      not yet  errors   -  green <= 0.5  red > 0.5  every check of the bake
      not yet  latency  -  green < 200   never red  the average of the bake
      bounds that the operator chose: errors 0.5
`);
  });

  it("says which application a command is for when there are several", async () => {
    const { view, simulator } = await waiting();
    expect(shownOn(UTF8, view(), simulator.now, { several: true })).toContain(
      "→ promote it with rollguard approve --application shop, or end it with rollguard abort --application shop",
    );
  });
});

describe("the status of a rollout that has ended", () => {
  it("completed", async () => {
    const shop = await waiting();
    shop.simulator.says("approve", { reason: "looks fine" });
    shop.simulator.runToEnd();
    expect(rolloutIn(shop)).toBe(
      "  rollout ro-1-mwoe5eo0: steady, completed at 2026-11-20T14:00:00Z in stage 3 of 3 by clock: all 3 stages of steady are completed: all green",
    );
  });

  it("rolled back by an alert: it has to end first", async () => {
    const shop = await waiting();
    shop.simulator.alert("ErrorsSpike");
    expect(show(shop)).toBe(`\
shop: 0 % of traffic, revision 4, 1 flags on, 2 off
  rollout ro-1-mwoe5eo0: steady, rolled back at 2026-11-20T06:00:00Z in stage 2 of 3 by alertmanager: ErrorsSpike is firing
    → when rollback rb-4-mwokkw00 has ended, and its cause is mended: rollguard retry --acknowledge --reason TEXT
  rollback rb-4-mwokkw00: safe-state, begun 2026-11-20T06:00:00Z by ErrorsSpike
    it is being verified
    waits for ErrorsSpike (safe-state), firing since 2026-11-20T06:00:00Z
    → it is judged by itself, and the next tier follows where it has not helped; nothing is to be done now
  in quarantine: checkout, turned down by rb-4-mwokkw00
  in quarantine: cache, turned down by rb-4-mwokkw00`);
    shop.simulator.alert("ErrorsSpike", "resolved");
    verifyIn(shop);
    expect(show(shop)).toContain(`\
    → when the cause is mended: rollguard retry --acknowledge --reason TEXT
  no rollback is open
  in quarantine: checkout, turned down by rb-4-mwokkw00
`);
  });

  it("rolled back by an alert that comes and goes: it does not fire while it is quiet", async () => {
    const shop = await waiting();
    for (const status of ["firing", "resolved", "firing", "resolved"] as const)
      shop.simulator.alert("ErrorsSpike", status);
    const waits =
      "waits for ErrorsSpike (safe-state), which comes and goes, resolved since 2026-11-20T06:00:00Z";
    expect(show(shop)).toContain(waits);
    verifyIn(shop);
    expect(show(shop)).toContain(`${waits}
    → it ends by itself when they stay so; at once: rollguard acknowledge rb-4-mwokkw00 --reason TEXT
`);
  });

  it("rolled back by its gate, and tried again", async () => {
    const shop = await baking();
    shop.simulator.nextCheck({ errors: 9 });
    expect(show(shop)).toBe(`\
shop: 0 % of traffic, revision 2, 1 flags on, 2 off
  rollout ro-1-mwoe5eo0: steady, rolled back at 2026-11-20T03:30:00Z in stage 1 of 3 by clock: errors 9 is red (red is > 5)
    → when rollback rb-2-mwof7zk0 has ended, and its cause is mended: rollguard retry --acknowledge --reason TEXT
  rollback rb-2-mwof7zk0: safe-state, begun 2026-11-20T03:30:00Z by the gate
    it is being verified
    → it is judged by itself, and the next tier follows where it has not helped; nothing is to be done now
  in quarantine: checkout, turned down by rb-2-mwof7zk0`);
    verifyIn(shop);
    shop.simulator.retry();
    expect(rolloutIn(shop).split("\n")[0]).toBe(
      "  rollout ro-4-mwof95zs: steady, attempt 2, running; begun 2026-11-20T03:30:55Z by mia",
    );
  });

  it("aborted", async () => {
    const shop = await baking();
    shop.simulator.says("abort", { reason: "enough" });
    expect(rolloutIn(shop)).toBe(`\
  rollout ro-1-mwoe5eo0: steady, aborted at 2026-11-20T03:25:00Z in stage 1 of 3: aborted by mia: enough
    → traffic stays at 10 %; again: rollguard retry --acknowledge --reason TEXT; back: rollguard flags restore --reason TEXT`);
  });

  it("failed, because the policy has lost what the next stage needs", async () => {
    const shop = await baking();
    const { policy } = shop.simulator;
    shop.simulator.policy = {
      ...policy,
      flags: new Map([...policy.flags].filter(([key]) => key !== "cache")),
    };
    shop.simulator.runFor(HOUR);
    expect(rolloutIn(shop)).toBe(`\
  rollout ro-1-mwoe5eo0: steady, failed at 2026-11-20T04:00:00Z in stage 1 of 3 by clock: the next stage cannot be entered: it sets cache, which the policy does not have as a release flag any more
    → mend the policy, then rollguard retry --acknowledge --reason TEXT`);
  });
});

it("nothing from outside commands the terminal", async () => {
  const shop = await shopInVirtualTime();
  const evil = "\x1b[2J\x07\u009b31m\u202e\nno rollback is open";
  const stages = shop.plan.stages.map((stage) => ({ ...stage, name: evil }));
  shop.simulator.deploy({ ...shop.plan, name: evil, stages }, { actor: evil, reason: evil });
  const shown = show(shop).split("\n");
  expect(shown).toHaveLength(8);
  expect(shown.join("")).not.toMatch(/[\p{Cc}\u202e]/u);
  expect(shown).toContain(
    '    [░░░░░░░░░░░░░░░░░░░░] stage 1 of 3 "[2J31m no rollback is open": 10 % of traffic',
  );
});
