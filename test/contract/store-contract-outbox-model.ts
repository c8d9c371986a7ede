import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { ClaimedMessage, Outbox, OutboxEntry, Receipt } from "../../src/app/outbox.ts";
import type { StateStore } from "../../src/app/ports.ts";
import { laneOf, type Message } from "../../src/domain/message.ts";
import { walks } from "../support/walks.ts";
import { filledOutbox, routed } from "./outboxes.ts";
import type { OpenedStores } from "./store-contract.ts";

const told: fc.Arbitrary<Message> = fc
  .record({
    channel: fc.constantFrom("slack" as const, "email" as const),
    subject: fc.constantFrom("r1", "r2"),
  })
  .map(({ channel, subject }) => routed(channel, subject));

const receipt: fc.Arbitrary<Receipt | null | undefined> = fc.constantFrom(
  undefined,
  null,
  { n: 1 },
  { n: 2 },
);

/** Which one it is done to: of those that are claimed, or that are there. */
const which = fc.nat(5);
const second = fc.boolean();

type Step =
  | { readonly kind: "add"; readonly messages: readonly Message[] }
  | { readonly kind: "claim"; readonly limit: number }
  | {
      readonly kind: "done";
      readonly which: number;
      readonly merged: number;
      readonly receipt: Receipt | null | undefined;
    }
  | {
      readonly kind: "failed";
      readonly which: number;
      readonly why: boolean;
      readonly later: boolean;
      readonly receipt: Receipt | null | undefined;
    }
  | { readonly kind: "bury" | "retry" | "drop"; readonly which: number };

const step: fc.Arbitrary<Step & { readonly second: boolean }> = fc.oneof(
  fc.record({
    kind: fc.constant("add" as const),
    messages: fc.array(told, { minLength: 1, maxLength: 3 }),
    second,
  }),
  fc.record({ kind: fc.constant("claim" as const), limit: fc.integer({ min: 1, max: 4 }), second }),
  fc.record({ kind: fc.constant("done" as const), which, merged: fc.nat(2), receipt, second }),
  fc.record({
    kind: fc.constant("failed" as const),
    which,
    why: fc.boolean(),
    later: fc.boolean(),
    receipt,
    second,
  }),
  fc.record({ kind: fc.constantFrom("bury" as const, "retry" as const, "drop" as const), which, second }),
);

interface Modelled {
  readonly id: string;
  readonly message: Message;
  state: "free" | "leased" | "backoff" | "dead";
  attempt: number;
  why: boolean;
  failing: boolean;
}

/** An outbox is as good as this: a list, and what each lane left. */
class Model {
  messages: Modelled[] = [];
  readonly receipts = new Map<string, Receipt>();

  claim(limit: number): Modelled[] {
    const heads = this.messages.filter((each) => this.#lane(each)[0] === each);
    const free = heads.filter(
      (head) => head.state === "free" && !this.#lane(head).some(({ state }) => state === "leased"),
    );
    return free.slice(0, limit);
  }

  laterThan(head: Modelled): Modelled[] {
    return this.#lane(head).slice(1);
  }

  #lane({ message }: Modelled): Modelled[] {
    return this.messages.filter((each) => each.state !== "dead" && laneOf(each.message) === laneOf(message));
  }

  put(message: Message, kept: Receipt | null | undefined): void {
    if (kept === null) this.receipts.delete(laneOf(message));
    else if (kept !== undefined) this.receipts.set(laneOf(message), kept);
  }

  get(id: string): Modelled | undefined {
    return this.messages.find((each) => each.id === id);
  }

  remove(...ids: string[]): void {
    this.messages = this.messages.filter(({ id }) => !ids.includes(id));
  }
}

const HOUR = 3_600_000;

export function describeOutboxModel(stores: OpenedStores): void {
  test("any sequence of claims and settlements gives what a simple model gives", async () => {
    const two = [stores.open(), stores.open()] as const;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), async (steps) => {
        const { name, outbox, other, add } = await filledOutbox({ ...stores, open: turnsOf(...two) });
        const model = new Model();
        const claims: ClaimedMessage[] = [];
        let commits = 0;
        for (const each of steps) {
          const by = each.second ? other : outbox;
          if (each.kind === "add") {
            await add(...each.messages);
            commits += 1;
            for (const [index, message] of each.messages.entries())
              model.messages.push({
                id: `${commits}-${index}`,
                message,
                state: "free",
                attempt: 0,
                why: false,
                failing: false,
              });
          } else if (each.kind === "claim") {
            const expected = model.claim(each.limit);
            const claimed = await by.claim(name, { lease: HOUR, limit: each.limit });
            expect(claimed.map(seen)).toEqual(
              expected.map((head) => ({
                id: head.id,
                message: head.message,
                attempt: head.attempt + 1,
                failing: head.failing,
                later: model.laterThan(head).map(({ id }) => id),
                receipt: model.receipts.get(laneOf(head.message)) ?? null,
              })),
            );
            for (const head of expected) {
              head.state = "leased";
              head.attempt += 1;
            }
            claims.push(...claimed);
          } else await settle(by, name, model, claims, each);
          const entries = await other.list(name, { limit: 100 });
          expect(entries.map(listed)).toEqual(model.messages.map(expectedEntry));
          const { waiting, dead } = await by.depth(name);
          const isDead = model.messages.filter(({ state }) => state === "dead").length;
          expect({ waiting, dead }).toEqual({ waiting: model.messages.length - isDead, dead: isDead });
        }
      }),
      walks(40),
    );
  });
}

/** One after the other, over and over: opened once, since each run needs two of them. */
function turnsOf(one: StateStore, other: StateStore): () => StateStore {
  let turn = 0;
  return () => (turn++ % 2 === 0 ? one : other);
}

async function settle(
  by: Outbox,
  name: string,
  model: Model,
  claims: readonly ClaimedMessage[],
  step: Exclude<Step, { kind: "add" | "claim" }>,
): Promise<void> {
  if (step.kind === "retry" || step.kind === "drop") {
    const one = model.messages[step.which];
    const id = one?.id ?? "999-0";
    expect(await by[step.kind](name, id)).toBe(one !== undefined);
    if (step.kind === "drop") model.remove(id);
    else if (one !== undefined && one.state !== "leased")
      Object.assign(one, { state: "free", failing: false });
    return;
  }
  // Those that were settled before too: they are nobody's any more.
  const claim = claims.at(-1 - step.which);
  if (claim === undefined) return;
  const one = model.get(claim.id);
  const holds =
    one?.state === "leased" &&
    one.attempt === claim.attempt &&
    claims.findLast(({ id }) => id === claim.id) === claim;
  if (step.kind === "done") {
    const merged = claim.later.slice(0, step.merged).map(({ id }) => id);
    const { receipt: kept } = step;
    expect(await by.done(name, claim, { merged, ...(kept === undefined ? {} : { receipt: kept }) })).toBe(
      holds,
    );
    if (!holds) return;
    model.put(one.message, kept);
    model.remove(claim.id, ...merged);
  } else if (step.kind === "failed") {
    const { receipt: kept, why, later } = step;
    const failure = { ...(why ? { why: "no" } : {}), ...(kept === undefined ? {} : { receipt: kept }) };
    expect(await by.failed(name, claim, later ? HOUR : 0, failure)).toBe(holds);
    if (!holds) return;
    model.put(one.message, kept);
    one.state = later ? "backoff" : "free";
    if (why) Object.assign(one, { why: true, failing: true });
    // Delivered, and to be delivered again: what failed before is over.
    else if (kept !== undefined) Object.assign(one, { attempt: 0, why: false, failing: false });
    else one.attempt -= 1;
  } else {
    expect(await by.bury(name, claim, "for good")).toBe(holds);
    if (holds) Object.assign(one, { state: "dead", why: true });
  }
}

function seen({ id, message, attempt, failingSince, later, receipt: kept }: ClaimedMessage): object {
  return {
    id,
    message,
    attempt,
    failing: failingSince !== null,
    later: later.map((each) => each.id),
    receipt: kept,
  };
}

function listed({ id, message, state, attempt, why, until }: OutboxEntry): object {
  return { id, message, state, attempt, why: why !== null, later: until !== null };
}

function expectedEntry({ id, message, state, attempt, why }: Modelled): object {
  const shown = state === "dead" || state === "leased" ? state : why ? "retrying" : "waiting";
  return { id, message, state: shown, attempt, why, later: state === "leased" || state === "backoff" };
}
