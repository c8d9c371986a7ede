import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { lastToLeave } from "../../src/domain/ledger-retention.ts";
import type { LedgerPolicy } from "../../src/domain/policy.ts";
import type { Rollback } from "../../src/domain/rollback.ts";
import { rollbackWith } from "../contract/states.ts";
import { walks } from "../support/walks.ts";

const NOW = 1_000_000;

interface Ledger {
  readonly last: number;
  readonly oldest: readonly { readonly revision: number; readonly at: number }[];
}

/** Without gaps from any revision on; clocks of responders differ, so times go back and forth. */
const ledger: fc.Arbitrary<Ledger> = fc
  .record({ trimmed: fc.nat(50), times: fc.array(fc.integer({ min: 0, max: NOW + 10 }), { maxLength: 40 }) })
  .map(({ trimmed, times }) => ({
    last: times.length === 0 ? 0 : trimmed + times.length,
    oldest: times.map((at, index) => ({ revision: trimmed + index + 1, at })),
  }));

const policy: fc.Arbitrary<LedgerPolicy> = fc.record({
  keepFor: fc.integer({ min: 1, max: NOW }),
  keepEvents: fc.integer({ min: 1, max: 60 }),
});

const rollback: fc.Arbitrary<Rollback | null> = fc.option(
  fc.integer({ min: 1, max: 90 }).map((firstRevision) => ({ ...rollbackWith("a"), firstRevision })),
);

const situation = fc.record({ ledger, policy, rollback });

describe("the end of a ledger's past", () => {
  test("never takes the newest event, nor anything from the open rollback's first one on", () => {
    fc.assert(
      fc.property(situation, ({ ledger, policy, rollback }) => {
        const upTo = lastToLeave(ledger, { rollback }, policy, NOW);
        expect(upTo).toBeGreaterThanOrEqual(0);
        if (upTo > 0) expect(upTo).toBeLessThan(Math.min(ledger.last, rollback?.firstRevision ?? Infinity));
      }),
      walks(100),
    );
  });

  test("takes an event exactly when too many are newer, or it and all that would stay before it are too old", () => {
    fc.assert(
      fc.property(situation, ({ ledger, policy, rollback }) => {
        const upTo = lastToLeave(ledger, { rollback }, policy, NOW);
        const bound = Math.min(ledger.last, rollback?.firstRevision ?? ledger.last);
        let allOld = true;
        for (const { revision, at } of ledger.oldest) {
          const tooMany = ledger.last - revision >= policy.keepEvents;
          if (!tooMany) allOld &&= NOW - at > policy.keepFor;
          const leaves = revision < bound && (tooMany || allOld);
          expect({ revision, left: revision <= upTo }).toEqual({ revision, left: leaves });
        }
      }),
      walks(100),
    );
  });

  test("is where it was once everything before it has left", () => {
    fc.assert(
      fc.property(situation, ({ ledger, policy, rollback }) => {
        const upTo = lastToLeave(ledger, { rollback }, policy, NOW);
        const rest = ledger.oldest.filter(({ revision }) => revision > upTo);
        const again = lastToLeave({ ...ledger, oldest: rest }, { rollback }, policy, NOW);
        expect(again).toBeLessThanOrEqual(upTo);
      }),
      walks(100),
    );
  });

  test("is found page by page as in one look", () => {
    fc.assert(
      fc.property(situation, fc.integer({ min: 1, max: 5 }), ({ ledger, policy, rollback }, page) => {
        const whole = lastToLeave(ledger, { rollback }, policy, NOW);
        let rest = ledger.oldest;
        let reached = 0;
        for (;;) {
          const oldest = rest.slice(0, page);
          const upTo = lastToLeave({ ...ledger, oldest }, { rollback }, policy, NOW);
          if (upTo < (oldest[0]?.revision ?? Infinity)) break;
          reached = upTo;
          rest = rest.filter(({ revision }) => revision > upTo);
        }
        expect(reached).toBe(whole >= (ledger.oldest[0]?.revision ?? Infinity) ? whole : 0);
      }),
      walks(100),
    );
  });

  test("is nowhere in an empty ledger", () => {
    expect(lastToLeave({ last: 0, oldest: [] }, { rollback: null }, { keepFor: 1, keepEvents: 1 }, NOW)).toBe(
      0,
    );
  });
});
