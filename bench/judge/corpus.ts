import { GREEN, labelOf, RED } from "./labels.ts";
import { type CorpusPlan, QUICK, SAFE, stageOf } from "./plans.ts";
import { Random } from "./random.ts";
import {
  type Blip,
  CLASSES,
  type Fault,
  type Rollout,
  type RolloutClass,
  TRAFFICS,
  type UserLuck,
} from "./rollout.ts";

const DAY = 86_400;
const MINUTE = 60;
/** Seconds of peace between two bad moments. */
const APART = 600;

/** What a true fault makes of the red limit. Between one and two times it is grey. */
const TIMES_THE_LIMIT = [2, 3, 5, 5, 10, 30, 100];

/** Of eight rollouts of a class so many have a fault. */
const FAULTS: Readonly<Record<RolloutClass, number>> = {
  healthy: 0,
  spike: 2,
  step: 8,
  "late step": 8,
  drift: 8,
  sparse: 4,
  "zero baseline": 4,
  diurnal: 4,
  "deploy dip": 2,
  "pod restart": 2,
  "one bad pod of twenty": 4,
  "retries x 3": 2,
  "scatter 0.01": 2,
  "scatter 0.05": 2,
  "shared burst": 2,
  "sticky heavy users": 2,
  "flag lag": 4,
};

/** The whole corpus: so many rollouts of each class at each traffic, each by a seed of its own. */
export function* corpusOf(
  perCell: number,
  seed: number,
  classes: readonly RolloutClass[] = CLASSES,
): Generator<Rollout> {
  for (const traffic of TRAFFICS)
    for (const [place, name] of CLASSES.entries()) {
      if (!classes.includes(name)) continue;
      for (let index = 0; index < perCell; index++) {
        const id = (TRAFFICS.indexOf(traffic) * CLASSES.length + place) * 10_000 + index;
        yield rolloutOf(name, traffic, index, id, seed);
      }
    }
}

export function rolloutOf(
  name: RolloutClass,
  traffic: number,
  index: number,
  id: number,
  seed: number,
): Rollout {
  const random = new Random(seed, id);
  const plan = random.uniform() < 0.7 ? SAFE : QUICK;
  const judged = index % 2 === 0 ? "service" : "treatment";
  const plain: Omit<Rollout, "label"> = {
    id,
    seed,
    class: name,
    traffic,
    plan,
    judged,
    base: random.uniform() < 0.7 ? random.logBetween(GREEN / 10, GREEN) : random.between(GREEN, 3 * GREEN),
    fault: Math.floor(index / 2) % 8 < FAULTS[name] ? faultOf(random, plan, name) : null,
    blips: [],
    scatter: 0,
    tries: 1,
    diurnal: false,
    sparse: false,
    lag: 0,
    users: [],
    pods: 1,
  };
  const rollout = { ...plain, ...peculiarityOf(plain, random) };
  return { ...rollout, label: labelOf(rollout) };
}

function faultOf(random: Random, plan: CorpusPlan, name: RolloutClass): Fault {
  const stage = random.below(plan.length);
  const { bake } = stageOf(plan, stage);
  const isGrey = random.uniform() < 0.15;
  const rate = RED * (isGrey ? random.between(1.05, 1.95) : random.pick(TIMES_THE_LIMIT));
  const early = random.uniform() < 0.5 ? 0 : random.between(0, 0.8 * bake);
  const from = name === "late step" ? random.between(0.8, 0.97) * bake : early;
  const ramp = name === "drift" ? random.logBetween(bake / 16, bake / 2) : 0;
  return { stage, from: Math.floor(from / MINUTE) * MINUTE, rate: Math.min(1, rate), ramp };
}

/** What makes a rollout one of its class. */
function peculiarityOf(plain: Omit<Rollout, "label">, random: Random): Partial<Rollout> {
  switch (plain.class) {
    case "healthy":
    case "step":
    case "late step":
    case "drift":
      return {};
    case "spike":
      return { blips: spikesOf(plain, random) };
    case "sparse":
      return { sparse: true };
    case "zero baseline":
      return { base: 0 };
    case "diurnal":
      return { diurnal: true };
    case "deploy dip":
      return { blips: dipsOf(plain, random) };
    case "pod restart":
      return { blips: regularly(plain, random, { perDay: 6, length: 45, rate: 0.25, lost: 0.25 }) };
    case "one bad pod of twenty":
      return badPodOf(plain, random);
    case "retries x 3":
      return { tries: 3 };
    case "scatter 0.01":
      return { scatter: 0.01 };
    case "scatter 0.05":
      return { scatter: 0.05 };
    case "shared burst":
      return { blips: burstsOf(plain, random) };
    case "sticky heavy users":
      return { users: usersOf(plain, random) };
    case "flag lag":
      return { lag: MINUTE };
  }
}

type Plain = Omit<Rollout, "label">;

/** Who can be to blame for what happens only once: those who are judged. */
function judgedOnes({ judged }: Plain): Blip["who"] {
  return judged === "service" ? "everybody" : "treatment";
}

function spikesOf(plain: Plain, random: Random): Blip[] {
  const spikes = Array.from({ length: 1 + random.below(3) }, () => {
    const stage = random.below(plain.plan.length);
    const from = Math.floor(random.between(0, stageOf(plain.plan, stage).bake - 2 * MINUTE));
    const to = from + Math.floor(random.between(15, MINUTE));
    const rate = random.logBetween(0.05, 1);
    return { stage, from, to, rate, who: judgedOnes(plain), lost: 0 };
  });
  return apart(spikes);
}

/** Two bad moments at once would be a bad stretch, which is not what these rollouts are to have. */
function apart(blips: readonly Blip[]): Blip[] {
  return [...blips]
    .sort((a, b) => a.stage - b.stage || a.from - b.from)
    .filter((blip, index, all) => {
      const before = all[index - 1];
      return before === undefined || before.stage !== blip.stage || blip.from - before.to >= APART;
    });
}

/** Each change of the share is a deploy: 15 s in which all fails, or a minute in which every fifth request does. */
function dipsOf(plain: Plain, random: Random): Blip[] {
  const shape = random.pick([
    { to: 15, rate: 1 },
    { to: MINUTE, rate: 0.2 },
  ]);
  return plain.plan.map((_, stage) => ({ stage, from: 0, ...shape, who: judgedOnes(plain), lost: 0 }));
}

/** Bursts of half a minute, and in a quarter of the rollouts long ones, which no definition calls healthy. */
function burstsOf(plain: Plain, random: Random): Blip[] {
  const isLong = plain.fault === null && random.uniform() < 0.25;
  const shape = isLong
    ? { perDay: 4, length: 3 * MINUTE, rate: 0.05, lost: 0 }
    : { perDay: 24, length: 30, rate: 0.2, lost: 0 };
  return regularly(plain, random, shape);
}

/** At moments of chance, from two hours before the rollout on. */
function regularly(
  { plan }: Plain,
  random: Random,
  { perDay, length, rate, lost }: { perDay: number; length: number; rate: number; lost: number },
): Blip[] {
  const blips = plan.flatMap(({ bake }, stage) => {
    const begin = stage === 0 ? -2 * 3_600 : 0;
    const times = random.poisson(((bake - begin) * perDay) / DAY);
    return Array.from({ length: times }, () => {
      const from = Math.floor(random.between(begin, bake - length));
      return { stage, from, to: from + length, rate, who: "everybody" as const, lost };
    });
  });
  return apart(blips);
}

/** The fault is that of the last pod: a twentieth of the requests. A healthy service may have a pod that is a little worse. */
function badPodOf({ fault, base }: Plain, random: Random): Partial<Rollout> {
  if (fault === null) return { pods: 20, base: Math.min(base, GREEN) };
  return { pods: 20, fault: { ...fault, rate: random.pick([0.02, 0.03, 0.05]) } };
}

/** Users are few, some ask a hundred times as often as others, and some fail much more often than others. */
function usersOf({ plan, base }: Plain, random: Random): UserLuck[] {
  const count = random.pick([20_000, 50_000]);
  const treated = plan.map(() => ({ seen: 0, bad: 0 }));
  const all = { seen: 0, bad: 0 };
  for (let user = 0; user < count; user++) {
    const bucket = random.uniform();
    const seen = Math.exp(1.5 * random.normal());
    const bad = seen * random.beta(base, 0.05);
    for (const sum of [all, ...treated.filter((_, stage) => bucket < (plan[stage]?.share ?? 1))]) {
      sum.seen += seen;
      sum.bad += bad;
    }
  }
  return treated.map(({ seen, bad }) => {
    const [untreated, untreatedBad] = [all.seen - seen, all.bad - bad];
    const control = untreated > 0 ? untreatedBad / untreated : base;
    return { share: seen / all.seen, treatment: bad / seen, control };
  });
}
