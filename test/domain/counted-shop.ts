import type { CountBlock, Counts } from "../../src/domain/counts.ts";
import type { Decision } from "../../src/domain/decision.ts";
import type { Counted } from "../../src/domain/gate.ts";
import type { Policy } from "../../src/domain/policy.ts";
import type { VerifyEvidence } from "../../src/domain/verification.ts";
import { countedFrom } from "../../src/domain/verification-counts.ts";
import { criterionOf } from "../support/policies.ts";
import { MINUTE, SECOND } from "../support/policies-rollout.ts";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";

const START = 1_790_000_010_000;
export const BLOCK = 30 * SECOND;
export const COUNTED: Counted = {
  counts: { kind: "ratio", bad: "errors_total", total: "requests_total" },
  unit: "percent",
  judge: "sequential",
  minimum: 0,
  compare: null,
  yellow: "as-before",
};
export const BY = { label: "variant", treatment: "on", control: "off" };

export function policyWith(counted: Counted): Policy {
  const criteria = [{ ...criterionOf("error_rate", "< 0.1", "> 1"), counted }];
  return { ...running, gates: new Map([["standard", { name: "standard", criteria, holdFor: MINUTE }]]) };
}

interface Traffic {
  /** Requests a second. */
  readonly rate: number;
  /** Of them. */
  readonly bad: number;
}

/** Requests that come at random, always the same for a seed. */
export class Shop {
  readonly app: RollbackSimulator;
  readonly #random: () => number;
  all: (at: number) => Traffic = () => ({ rate: 2, bad: 0.05 });
  treatment: ((at: number) => Traffic) | null = null;
  more: Partial<VerifyEvidence> = {};
  /** Of other metrics. */
  also: () => ReadonlyMap<string, Counts> = () => new Map();

  constructor(policy: Policy, seed = 1) {
    this.app = new RollbackSimulator({ policy, now: START });
    let state = seed >>> 0;
    // mulberry32
    this.#random = () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  get seconds(): number {
    return (this.app.now - START) / SECOND;
  }

  look(): Decision {
    const { app } = this;
    app.now = app.dueLook ?? app.now + 15 * SECOND;
    return app.look(
      { error_rate: 0 },
      { counts: new Map([["error_rate", this.#counts()], ...this.also()]), ...this.more },
    );
  }

  /** Looks until something is decided, for so long at most. */
  decides(within: number): Decision | null {
    const until = this.app.now + within;
    while (this.app.now < until) {
      const decision = this.look();
      if (decision.reason !== null) return decision;
    }
    return null;
  }

  #counts(): Counts {
    const { rollback, verification } = this.app.state;
    if (rollback === null) throw new Error("no rollback is open");
    const from = countedFrom(verification?.counted ?? [], "error_rate", rollback);
    const to = Math.floor((this.app.now - 10 * SECOND) / BLOCK) * BLOCK;
    const blocks = (traffic: (at: number) => Traffic): CountBlock[] => {
      const found: CountBlock[] = [];
      for (let at = from; at < to; at += BLOCK) found.push(this.#block(at, traffic(at)));
      return found;
    };
    const all = blocks(this.all);
    if (this.treatment === null) return { all, variants: null };
    return { all, variants: { treatment: blocks(this.treatment), control: all } };
  }

  #block(from: number, { rate, bad }: Traffic): CountBlock {
    const total = Math.round(rate * 30);
    let failed = 0;
    for (let request = 0; request < total; request += 1) if (this.#random() < bad) failed += 1;
    return { from, to: from + BLOCK, total, bad: failed, elevated: failed };
  }
}

/** Until the rollback, and after it. */
export const changed = (before: Traffic, after: Traffic) => (at: number) => (at < START ? before : after);
