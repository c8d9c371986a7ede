import { nextCheckOf } from "../../src/domain/decide-check.ts";
import { nextQuietOf } from "../../src/domain/decide-resolved.ts";
import { withOverrides } from "../../src/domain/override.ts";
import type { Policy } from "../../src/domain/policy.ts";
import type { Duration } from "../../src/domain/time.ts";
import type { VerifyEvidence } from "../../src/domain/verification.ts";
import type { Look, Step } from "../support/arbitraries-rollback.ts";
import { on, SECOND } from "../support/policies-rollout.ts";
import { must } from "./must.ts";
import { RollbackWorld } from "./rollback-world.ts";

/** Takes an application through whatever happens to it. */
export class RollbackWalk {
  readonly world: RollbackWorld;
  readonly #policy: Policy;

  constructor(policy: Policy) {
    this.#policy = policy;
    this.world = new RollbackWorld({ policy, now: 1_790_000_000_000 });
  }

  step(step: Step): void {
    const { world } = this;
    switch (step.do) {
      case "fire":
        world.fires(...alertOf(step.which, step.instance));
        break;
      case "resolve":
        world.resolves(...alertOf(step.which, step.instance));
        break;
      case "late": {
        const [name, told] = alertOf(step.which, step.instance);
        const at = world.now - step.age;
        const evidence = step.evidence === null ? {} : { evidence: step.evidence };
        if (step.status === "firing") world.fires(name, { ...told, startsAt: at, ...evidence });
        else world.resolves(name, { ...told, startsAt: at, endsAt: at });
        break;
      }
      case "end quiet":
        world.endsQuiet();
        break;
      case "flap":
        this.#flap(step.which, step.times);
        break;
      case "look":
        this.#look(step.look);
        break;
      case "look on":
        for (let look = 0; look < step.looks && world.dueLook !== null; look++)
          world.nextVerify(...this.#sight(step.sees));
        break;
      case "roll back": {
        const flags = step.flag % 3 === 0 ? [] : [step.flag % 3 === 1 ? "traffic" : `flag_${step.flag % 4}`];
        const shutdown = step.tier === "emergency" && step.flag % 2 === 0;
        world.rollsBack(step.tier, { flags, phase: step.phase, shutdown });
        break;
      }
      case "acknowledge":
        this.#acknowledge(step.which, step.force);
        break;
      case "shut down":
        world.shutdown(step.on);
        break;
      case "deploy":
        this.#deploy(step.acknowledge);
        break;
      case "retry":
        world.retry({ acknowledge: step.acknowledge });
        break;
      case "restore":
        world.restore(world.state.backup?.settings ?? new Map([["traffic", on(40)]]), {
          acknowledge: step.acknowledge,
        });
        break;
      case "pause":
      case "resume":
      case "approve":
      case "abort":
        world.says(step.do);
        break;
      case "check":
        for (let check = 0; check < step.checks && nextCheckOf(world.state) !== null; check++)
          world.nextCheck({ error_rate: step.red && check === step.checks - 1 ? 7 : 0 });
        break;
      case "wait":
        world.now += step.time;
        break;
      case "note commit":
        world.take({ type: "committed", rollback: world.state.rollback?.id ?? "none", at: world.now });
        break;
      case "edit policy":
        world.policy = this.#edited();
        break;
      case "reload":
        world.reload();
        break;
      case "replay":
        world.replay();
        break;
      case "together":
        this.#together();
        break;
    }
  }

  /** From wherever it is, good checks and resolved alerts end the open rollback in bounded time. */
  heals(): void {
    const { world } = this;
    this.#resolveAll();
    const { startAfter, checkEvery, goodChecksInARow } = world.policy.verify;
    // The next look may be as far off as any policy that it went through said.
    const { holdDown } = world.policy.rollbacks;
    const bound = world.now + Math.max(startAfter, 90 * SECOND) + goodChecksInARow * checkEvery + holdDown;
    while (world.state.rollback !== null) {
      if (world.dueLook !== null) world.nextVerify("good");
      else {
        world.now = Math.max(world.now, nextQuietOf(world.state, world.policy) ?? Number.POSITIVE_INFINITY);
        world.endsQuiet();
      }
      must(world.now <= bound, "what has helped is over soon");
    }
  }

  /**
   * Whatever is seen of it, one sight after the other and from the start again, a verdict comes in bounded time, and
   * looking goes on. Good sights keep it waiting for as long only as they come one after the other.
   */
  isJudged(sights: readonly Look["sees"][]): void {
    const { world } = this;
    const { giveUpAfter, checkEvery, startAfter } = world.policy.verify;
    const looks = 2 + sights.length;
    const tier: Duration = Math.max(giveUpAfter, startAfter, 90 * SECOND) + looks * checkEvery;
    const until = world.now + (6 + world.policy.flags.size) * tier;
    for (let look = 0; world.state.rollback?.status === "verifying"; look++) {
      world.nextVerify(...this.#sight(sights[look % sights.length] ?? "bad"));
      must(world.now <= until, "a verdict comes");
    }
    const { rollback } = world.state;
    if (rollback === null || rollback.status === "verified") return;
    must(world.dueLook !== null, "it is looked at further");
  }

  /** An operator closes anything, and may deploy then. */
  isClosed(): void {
    const { world } = this;
    const { rollback, past } = world.state;
    if (rollback !== null) {
      must(world.acknowledges(rollback.id, { force: true }).reason === "approved", "force closes");
      must(world.acknowledges(rollback.id, { force: true }).reason === "refused", "once");
    }
    must(world.state.rollback === null, "an open rollback has a way out");
    for (const { id } of past) world.acknowledges(id);
    const known = new Set(world.state.past.map(({ id }) => id));
    const left = Object.values(world.quarantine).filter((id) => known.has(id));
    must(left.length === 0, "what is known can be acknowledged");
    world.says("abort");
    world.shutdown(false);
    world.policy = withOverrides(world.policy, new Map());
    must(this.#deploy(true) === "promoted", "then it may be deployed");
  }

  #flap(which: number, times: number): void {
    const { world } = this;
    const { rollback } = world.state;
    const begun = world.state.past.length;
    const every = world.policy.verify.startAfter > 20 * SECOND ? 4 * SECOND : 0;
    for (let flap = 0; flap < times; flap++) {
      world.fires(...alertOf(which, 0));
      world.looksFor(every, "good");
      world.resolves(...alertOf(which, 0));
      world.looksFor(every, "good");
    }
    if (rollback === null && world.state.rollback !== null)
      must(world.state.past.length <= begun, "what flaps makes one rollback");
  }

  #look({ sees, late, waits, again, isOfAnother }: Look): void {
    const { world } = this;
    if (world.dueLook !== null) world.now = Math.max(world.now, world.dueLook + late);
    const [sight, more] = this.#sight(sees);
    const evidence = world.sight(sight, { ...more, ...(isOfAnother ? { rollback: "rb-other" } : {}) });
    world.now += waits;
    const first = world.take({ type: "verify", evidence });
    must(!isOfAnother || first.changes.length === 0, "another's evidence says nothing");
    must(waits <= 10 * SECOND || first.changes.length === 0, "old evidence says nothing");
    if (again === null) return;
    world.now += again;
    const second = world.take({ type: "verify", evidence });
    must(first.changes.length * second.changes.length === 0, "one moment is one look");
  }

  #sight(sees: Look["sees"]): ["good" | "bad" | "no data", Partial<VerifyEvidence>] {
    if (sees === "still true") return ["good", { breached: ["Alert0"] }];
    return sees === "dark" ? ["good", { blindness: ["Prometheus does not answer"] }] : [sees, {}];
  }

  #acknowledge(which: "open" | "last" | "first", force: boolean): void {
    const { rollback, past } = this.world.state;
    const id = { open: rollback?.id, last: past.at(-1)?.id, first: past[0]?.id }[which];
    this.world.acknowledges(id ?? "rb-none", { force });
  }

  #deploy(acknowledge: boolean): string | null {
    const plan = this.#policy.plans.get("steps");
    must(plan !== undefined, "there is a plan");
    return this.world.deploy(plan, { acknowledge, reason: acknowledge ? "mended" : null }).reason;
  }

  #resolveAll(): void {
    for (const { name, fingerprint } of [...this.world.state.alerts.values()])
      this.world.resolves(name, { fingerprint });
  }

  /** Triggers ask for other tiers, and storms are counted otherwise. */
  #edited(): Policy {
    const { policy } = this.world;
    if (policy !== this.#policy) return this.#policy;
    const triggers = [...policy.triggers.values()];
    const turned = triggers.map(({ alert }, index) => {
      const other = triggers[(index + 1) % triggers.length];
      return [
        alert,
        { alert, tier: other?.tier ?? "flag", flags: other?.flags ?? [], suspects: other?.suspects ?? null },
      ] as const;
    });
    const stormBreaker = { ...policy.rollbacks.stormBreaker, rollbacks: 2 };
    return {
      ...policy,
      triggers: new Map(turned),
      rollbacks: { ...policy.rollbacks, stormBreaker },
      verify: { ...policy.verify, goodChecksInARow: policy.verify.goodChecksInARow + 1 },
    };
  }

  #together(): void {
    const { world } = this;
    const labels = {};
    const told = { startsAt: world.now, application: null, job: null, labels };
    const [one, two] = [alertOf(0, 0), alertOf(1, 0)];
    if (world.dueLook !== null) world.now = Math.max(world.now, world.dueLook);
    world.takeTogether([
      { type: "alert", alert: { name: one[0], ...one[1], status: "firing", ...told } },
      { type: "verify", evidence: world.sight("bad") },
      { type: "alert", alert: { name: two[0], ...two[1], status: "firing", ...told } },
      { type: "alert", alert: { name: one[0], ...one[1], status: "resolved", ...told } },
      { type: "watchdog", at: world.now },
    ]);
  }
}

function alertOf(which: number, instance: number): [name: string, { fingerprint: string }] {
  return [`Alert${which}`, { fingerprint: `${which}-${instance}` }];
}
