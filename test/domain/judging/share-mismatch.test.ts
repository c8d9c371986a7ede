import { describe, expect, it } from "@jest/globals";
import { doubtsOf, isShareMismatch } from "../../../src/domain/judging/share-mismatch.ts";
import type { KeysSeen } from "../../../src/domain/keys-seen.ts";

function seen(treatment: number, control: number, percentage = 5): KeysSeen {
  return { flag: "traffic", percentage, treatment, control, sampled: { treatment, control } };
}

/** The same numbers in every run (mulberry32). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws users one by one, and looks after each hundred. @returns after how many there is a mismatch; null: never */
function mismatchAfter(users: number, share: number, percentage: number, next: () => number): number | null {
  let treatment = 0;
  for (let user = 1; user <= users; user += 1) {
    if (next() < share) treatment += 1;
    if (user % 100 === 0 && isShareMismatch(seen(treatment, user - treatment, percentage))) return user;
  }
  return null;
}

describe("a share of users", () => {
  it("that is right is called wrong in no more runs than promised, however often it is looked at", () => {
    const next = dice(20_261_201);
    const wrong = Array.from({ length: 200 }, () => mismatchAfter(4_000, 0.05, 5, next));
    // One in a thousand is promised: a right test has more than five of 200 in one run of ten million.
    expect(wrong.filter((after) => after !== null).length).toBeLessThanOrEqual(5);
  });

  it.each([
    [0.1, 5, 1_000],
    [0.02, 5, 1_500],
    [0.55, 50, 4_000],
    [1, 50, 100],
  ])("of %d instead of %d %% is found within %d users", (share, percentage, users) => {
    expect(mismatchAfter(users, share, percentage, dice(7))).not.toBeNull();
  });

  it("of nobody is none", () => {
    expect(isShareMismatch(seen(0, 0))).toBe(false);
  });
});

describe("what makes a comparison doubtful", () => {
  it("is nothing among many who were drawn well", () => {
    expect(doubtsOf(seen(1_000, 19_000))).toEqual([]);
  });

  it("is how few there are", () => {
    expect(doubtsOf(seen(40, 760))).toEqual([
      "few users: about 40 have traffic; below 1,000 luck alone makes a difference of 0.5 %",
    ]);
  });

  it("is a share that is another one than the percentage", () => {
    expect(doubtsOf(seen(2_000, 8_000))).toEqual([
      "share mismatch: traffic is on for 20 % of 10,000 users, and its percentage is 5: treatment and control are not drawn alike",
    ]);
    expect(doubtsOf(seen(800, 1_200))).toHaveLength(2);
  });
});
