import { MinuteRates } from "./minute-rates.ts";
import { stageOf } from "./plans.ts";
import { Random } from "./random.ts";
import type { Blip, Rollout } from "./rollout.ts";

/** Seconds between two scrapes: the finest grain of what is drawn. */
export const TICK = 5;
/** Seconds of a block, and its ticks. */
export const BLOCK = 30;
export const TICKS_A_BLOCK = BLOCK / TICK;
const TICKS_A_MINUTE = 60 / TICK;
const HOUR = 3_600;
/** Seconds before a stage that its dispersion is taken from. */
const BEFORE = 2 * HOUR;

export interface Sum {
  readonly total: number;
  readonly bad: number;
}

/** What one stage counts, as long as it lasts, whoever looks: drawn when it is asked for, and only once. */
export class StageStream {
  readonly #draw: (ticks: number) => void;
  /** By tick: requests and failed requests of the treatment, and of the control. */
  readonly counts: { treatment: Sums; control: Sums } = { treatment: new Sums(), control: new Sums() };

  constructor(rollout: Rollout, stage: number, from: number) {
    const { treatment, control } = this.counts;
    const conditions = new Conditions(rollout, stage, from);
    this.#draw = (ticks) => {
      while (treatment.length < ticks) conditions.draw(treatment, control);
    };
  }

  /** @param block the first is 0 */
  treatment(block: number): Sum {
    this.#draw((block + 1) * TICKS_A_BLOCK);
    return this.counts.treatment.between(block * TICKS_A_BLOCK, (block + 1) * TICKS_A_BLOCK);
  }

  control(block: number): Sum {
    this.#draw((block + 1) * TICKS_A_BLOCK);
    return this.counts.control.between(block * TICKS_A_BLOCK, (block + 1) * TICKS_A_BLOCK);
  }

  service(block: number): Sum {
    return plus(this.treatment(block), this.control(block));
  }

  /** Of the whole service in some ticks. */
  ticks(from: number, to: number): Sum {
    this.#draw(to);
    return plus(this.counts.treatment.between(from, to), this.counts.control.between(from, to));
  }
}

export function plus(a: Sum, b: Sum): Sum {
  return { total: a.total + b.total, bad: a.bad + b.bad };
}

/** Counters: what was counted since a stream began, by tick. */
class Sums {
  #total = new Float64Array(4_096);
  #bad = new Float64Array(4_096);
  length = 0;

  add(total: number, bad: number): void {
    if (this.length + 2 > this.#total.length) {
      this.#total = grown(this.#total);
      this.#bad = grown(this.#bad);
    }
    this.#total[this.length + 1] = (this.#total[this.length] ?? 0) + total;
    this.#bad[this.length + 1] = (this.#bad[this.length] ?? 0) + bad;
    this.length += 1;
  }

  between(from: number, to: number): Sum {
    return {
      total: (this.#total[to] ?? Number.NaN) - (this.#total[from] ?? Number.NaN),
      bad: (this.#bad[to] ?? Number.NaN) - (this.#bad[from] ?? Number.NaN),
    };
  }
}

function grown(values: Float64Array): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(values.length * 2);
  longer.set(values);
  return longer;
}

/** The true rates of a stage, second by second, and what luck makes of them. */
class Conditions {
  readonly #rollout: Rollout;
  readonly #random: Random;
  readonly #rates: MinuteRates;
  readonly #blips: readonly Blip[];
  /** Until it has changed. */
  readonly #shareBefore: number;
  readonly #share: number;
  #second: number;
  #minute = 0;
  #active = 1;
  #treatment = 0;
  #control = 0;

  /** @param from the stage's second that is drawn first: negative for what was before it */
  constructor(rollout: Rollout, stage: number, from: number) {
    this.#rollout = rollout;
    this.#random = new Random(rollout.seed, rollout.id * 64 + stage * 2 + (from < 0 ? 1 : 0) + 1_000_000_007);
    this.#second = from;
    this.#rates = new MinuteRates(rollout, stage, from);
    this.#blips = rollout.blips.filter((blip) => blip.stage === stage);
    this.#share = shareOf(rollout, stage);
    this.#shareBefore = stage === 0 ? 0 : shareOf(rollout, stage - 1);
  }

  draw(treatment: Sums, control: Sums): void {
    if (this.#minute % TICKS_A_MINUTE === 0) this.#newMinute();
    this.#minute += 1;
    const { traffic, tries, lag } = this.#rollout;
    const second = this.#second;
    const blip = this.#blips.find(({ from, to }) => from <= second && second < to);
    const kept = blip !== undefined && second >= blip.to - 15 ? 1 - blip.lost : 1;
    const mean = (traffic / TICKS_A_MINUTE) * this.#active * this.#daytime() * kept;
    const arrived = second < 0 ? 0 : second < lag ? second / lag : 1;
    const share = this.#shareBefore + (this.#share - this.#shareBefore) * arrived;
    const inBlip = blip?.rate ?? 0;
    this.#count(treatment, mean * share, Math.max(this.#treatment, inBlip), tries);
    const ofControl = blip?.who === "treatment" ? this.#control : Math.max(this.#control, inBlip);
    this.#count(control, mean * (1 - share), ofControl, tries);
    this.#second += TICK;
  }

  /** A request that failed is sent again, and fails again: so that `rate` is what is counted, fewer fail by themselves. */
  #count(sums: Sums, mean: number, rate: number, tries: number): void {
    const requests = this.#random.poisson(mean / (1 + (tries - 1) * (rate / tries)));
    const own = tries === 1 ? rate : rate / (tries - (tries - 1) * rate);
    const failed = this.#random.binomial(requests, own);
    sums.add(requests + (tries - 1) * failed, tries * failed);
  }

  #newMinute(): void {
    if (this.#rollout.sparse) this.#active = this.#random.uniform() < 0.1 ? 10 : 0;
    const { treatment, control } = this.#rates.next();
    this.#treatment = treatment;
    this.#control = control;
  }

  #daytime(): number {
    const { diurnal, id } = this.#rollout;
    return diurnal ? 1 + 0.8 * Math.sin((2 * Math.PI * (this.#second + (id % 24) * HOUR)) / (24 * HOUR)) : 1;
  }
}

function shareOf({ users, plan }: Rollout, stage: number): number {
  return users[stage]?.share ?? stageOf(plan, stage).share;
}

/** All that a rollout counts: the same numbers for every judge. */
export class World {
  readonly rollout: Rollout;
  readonly #stages = new Map<number, StageStream>();
  readonly #before = new Map<number, Sum[]>();

  constructor(rollout: Rollout) {
    this.rollout = rollout;
  }

  stage(index: number): StageStream {
    const known = this.#stages.get(index);
    if (known !== undefined) return known;
    const stream = new StageStream(this.rollout, index, 0);
    this.#stages.set(index, stream);
    return stream;
  }

  /** The whole service in blocks of 30 s, of the two hours before a stage: the end of the stage before it. */
  before(index: number): Sum[] {
    const known = this.#before.get(index);
    if (known !== undefined) return known;
    const blocks = index === 0 ? this.#beforeAll() : this.#endOf(index - 1);
    this.#before.set(index, blocks);
    return blocks;
  }

  #beforeAll(): Sum[] {
    const stream = new StageStream(this.rollout, 0, -BEFORE);
    return Array.from({ length: BEFORE / BLOCK }, (_, block) => stream.service(block));
  }

  #endOf(index: number): Sum[] {
    const blocks = Math.floor(stageOf(this.rollout.plan, index).bake / BLOCK);
    const length = Math.min(BEFORE / BLOCK, blocks);
    const stream = this.stage(index);
    return Array.from({ length }, (_, block) => stream.service(blocks - length + block));
  }

  /** The 24 hours before the rollout. */
  day(): Sum {
    const { traffic, base, blips, seed, id, users, plan, scatter } = this.rollout;
    const random = new Random(seed, id * 64 + 63);
    const total = random.poisson(traffic * 1_440);
    const last = users.at(-1);
    const usual = last === undefined ? base : last.treatment * last.share + last.control * (1 - last.share);
    const time = plan.reduce((sum, { bake }) => sum + bake, 0);
    const bursts = blips
      .filter(({ who, stage, from }) => who === "everybody" && (stage > 0 || from !== 0))
      .reduce((sum, { from, to, rate }) => sum + (to - from) * rate, 0);
    // Minutes scatter, and a day of them still does so a little.
    const mean = random.beta(usual + bursts / time, scatter / 1_440);
    return { total, bad: random.binomial(total, mean) };
  }
}
