import fc from "fast-check";
import { KEPT_WHY } from "../../src/domain/alert.ts";
import type { Backup } from "../../src/domain/backup.ts";
import type { Bake, Samples } from "../../src/domain/bake.ts";
import type { Plan, Stage } from "../../src/domain/plan.ts";
import type { Propagation } from "../../src/domain/propagation.ts";
import { type PastRollback, ROLLBACK_STATUSES, type Rollback } from "../../src/domain/rollback.ts";
import { ROLLOUT_STATUSES, type Rollout } from "../../src/domain/rollout.ts";
import type { StateChange } from "../../src/domain/state.ts";
import type { Storm } from "../../src/domain/storm.ts";
import { TIER_NAMES } from "../../src/domain/tier.ts";
import type { Unchanged } from "../../src/domain/unchanged.ts";
import type { Verification } from "../../src/domain/verification.ts";

/** Objects as a store gives them back: it cannot know of prototypes. */
const PLAIN = { noNullPrototype: true } as const;

/** Keys of maps, the awkward ones too. */
export const key = fc.constantFrom("a", "b", "__proto__", "é:ü", "");

const tier = fc.constantFrom(...TIER_NAMES);
const instant = fc.nat();
/** JSON has no infinities and no -0; the domain keeps the first out, and does not care for the second. */
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const percentage = fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100);
const text = fc.string({ unit: "grapheme" });

function mapOf<T>(value: fc.Arbitrary<T>): fc.Arbitrary<Map<string, T>> {
  return fc.array(fc.tuple(key, value), { maxLength: 4 }).map((entries) => new Map(entries));
}

const setting = fc.record({ enabled: fc.boolean(), rolloutPercentage: percentage }, PLAIN);

const settings = mapOf(setting);

const flag = fc.record(
  {
    enabled: fc.boolean(),
    rolloutPercentage: fc.nat(100),
    updatedAt: instant,
    updatedBy: fc.string({ unit: "binary" }),
    quarantinedBy: fc.option(fc.string()),
  },
  PLAIN,
);

const raise = fc.record({ at: instant, by: text }, PLAIN);

const alert = fc.record(
  { fingerprint: key, name: text, tier, startsAt: instant, receivedAt: instant },
  PLAIN,
);

const kept = fc.record(
  {
    fingerprint: key,
    name: text,
    tier,
    startsAt: instant,
    receivedAt: instant,
    why: fc.constantFrom(...KEPT_WHY),
  },
  PLAIN,
);

const pulse = fc.record({ startsAt: instant, quietSince: fc.option(instant) }, PLAIN);

const ended = fc.record(
  {
    startsAt: instant,
    endedAt: instant,
    heardAt: instant,
    rollback: fc.option(fc.string()),
    acknowledged: fc.boolean(),
    isLateTold: fc.boolean(),
  },
  PLAIN,
);

const rollbackFields = {
  id: fc.string(),
  tier,
  trigger: fc.string(),
  flags: fc.array(key),
  suspects: fc.array(fc.array(key, { maxLength: 3 }), { maxLength: 3 }),
  startedAt: instant,
  escalatedAt: fc.option(instant),
  startedBy: text,
  reason: fc.option(text),
  alertStartedAt: fc.option(instant),
  receivedAt: fc.option(instant),
  committedAt: fc.option(instant),
  verifiedAt: fc.option(instant),
  status: fc.constantFrom(...ROLLBACK_STATUSES),
  firstRevision: fc.nat(),
};

const rollback: fc.Arbitrary<Rollback> = fc.record(
  { ...rollbackFields, withoutEffect: fc.constant(true as const) },
  { ...PLAIN, requiredKeys: Object.keys(rollbackFields) as (keyof typeof rollbackFields)[] },
);

const propagation: fc.Arbitrary<readonly Propagation[]> = fc.array(
  fc.record(
    {
      responder: text,
      clients: fc.nat(),
      reached: fc.nat(),
      elsewhere: fc.nat(),
      at: fc.option(instant),
    },
    PLAIN,
  ),
  { maxLength: 3 },
);

const past: fc.Arbitrary<PastRollback> = fc.record(
  { ...rollbackFields, endedAt: instant, lastRevision: fc.nat(), propagation },
  PLAIN,
);

const verification: fc.Arbitrary<Verification> = fc.record(
  {
    since: instant,
    committedAt: fc.option(instant),
    propagation,
    nextCheckAt: instant,
    looks: fc.nat(99),
    good: fc.nat(9),
    last: fc.option(
      fc.record(
        {
          at: instant,
          verdict: fc.constantFrom("good" as const, "bad" as const, "no_data" as const),
          why: fc.array(text, { maxLength: 3 }),
        },
        PLAIN,
      ),
    ),
  },
  PLAIN,
);

const storm: fc.Arbitrary<Storm> = fc.record(
  { since: instant, until: instant, triggers: fc.array(key, { maxLength: 3 }) },
  PLAIN,
);

const stage: fc.Arbitrary<Stage> = fc.record(
  {
    name: text,
    traffic: percentage,
    flags: settings,
    bake: instant,
    checkEvery: instant,
    gate: key,
    approval: fc.boolean(),
  },
  PLAIN,
);

const plan: fc.Arbitrary<Plan> = fc.record(
  {
    name: key,
    description: text,
    stages: fc.array(stage, { minLength: 1, maxLength: 4 }),
    stepEvery: fc.option(instant),
    dangerous: fc.boolean(),
  },
  PLAIN,
);

const rollout: fc.Arbitrary<Rollout> = fc.record(
  {
    id: text,
    plan,
    thresholds: mapOf(number),
    attempt: fc.nat(9),
    stage: fc.nat(3),
    startedAt: instant,
    startedBy: text,
    stageStartedAt: instant,
    hold: fc.option(
      fc.record(
        {
          kind: fc.constantFrom("yellow" as const, "approval" as const),
          since: instant,
          why: fc.array(text),
        },
        PLAIN,
      ),
    ),
    blind: fc.option(fc.record({ since: instant, missing: fc.array(text) }, PLAIN)),
    pausedAt: fc.option(instant),
    outcome: fc.option(fc.constantFrom(...ROLLOUT_STATUSES.slice(3))) as fc.Arbitrary<Rollout["outcome"]>,
    endedAt: fc.option(instant),
    rollback: fc.option(text),
    history: fc.array(
      fc.record(
        { stage: fc.nat(9), traffic: percentage, startedAt: instant, endedAt: instant, seen: instant },
        PLAIN,
      ),
      { maxLength: 3 },
    ),
    lastDecision: fc.record(
      {
        at: instant,
        reason: fc.constantFrom("promoted" as const, "held" as const),
        detail: text,
        actor: text,
      },
      PLAIN,
    ),
  },
  PLAIN,
);

const samples: fc.Arbitrary<Samples> = fc.record(
  { count: fc.nat(), sum: number, min: number, max: number, recent: fc.array(number, { maxLength: 9 }) },
  PLAIN,
);

const bake: fc.Arbitrary<Bake> = fc.record(
  {
    needed: instant,
    seen: instant,
    checkEvery: instant,
    countFrom: fc.option(instant),
    nextCheckAt: instant,
    nextSampleAt: instant,
    lastGoodAt: fc.option(instant),
    missing: fc.array(text, { maxLength: 3 }),
    samples: mapOf(samples),
  },
  PLAIN,
);

const backup: fc.Arbitrary<Backup> = fc.record(
  { takenAt: instant, revision: fc.nat(), settings, rollout: fc.option(rollout) },
  PLAIN,
);

const unchanged: fc.Arbitrary<Unchanged> = fc.record(
  {
    alert: text,
    reason: fc.constantFrom("duplicate" as const, "cooldown" as const),
    tier: fc.option(tier),
    rollback: fc.option(text),
    times: fc.nat(),
    firstAt: instant,
    lastAt: instant,
  },
  PLAIN,
);

function changeOf<K extends string, V>(kind: K, value: fc.Arbitrary<V>) {
  return fc.record({ kind: fc.constant(kind), value: fc.option(value) }, PLAIN);
}

/** What a check writes, and a Watchdog. */
export const noteChange: fc.Arbitrary<StateChange> = fc.oneof(
  fc.record({ kind: fc.constant("pulse" as const), key, value: fc.option(pulse) }, PLAIN),
  changeOf("bake", bake),
  changeOf("verification", verification),
  changeOf("watchdog", instant),
  changeOf("summary", fc.record({ day: text, leasedUntil: instant, sent: fc.boolean() }, PLAIN)),
  fc.record({ kind: fc.constant("unchanged" as const), value: fc.array(unchanged, { maxLength: 3 }) }, PLAIN),
);

/** Any change of any field. */
export const stateChange: fc.Arbitrary<StateChange> = fc.oneof(
  fc.record({ kind: fc.constant("flag" as const), key, value: flag }, PLAIN),
  fc.record({ kind: fc.constant("raised" as const), key, value: raise }, PLAIN),
  fc.record({ kind: fc.constant("alert" as const), key, value: fc.option(alert) }, PLAIN),
  fc.record({ kind: fc.constant("kept" as const), key, value: fc.option(kept) }, PLAIN),
  fc.record({ kind: fc.constant("ended" as const), key, value: fc.option(ended) }, PLAIN),
  changeOf("rollback", rollback),
  fc.record({ kind: fc.constant("past" as const), value: fc.array(past, { maxLength: 3 }) }, PLAIN),
  changeOf("storm", storm),
  changeOf("snapshot", settings),
  changeOf("rollout", rollout),
  changeOf("backup", backup),
  noteChange,
);
