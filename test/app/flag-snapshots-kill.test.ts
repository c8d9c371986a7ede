import { afterEach, beforeEach, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { StateStore } from "../../src/app/ports.ts";
import { storeWith } from "../support/store-with.ts";
import { walks } from "../support/walks.ts";
import { ANY, away, MAX_STALE, memory, type Serving, shown, startServing } from "./serving.ts";

let serving: Serving;
beforeEach(async () => {
  serving = await startServing();
});
afterEach(() => serving.stop());

it("a kill that was seen never turns on again, whatever happens to the store, the time and the process", async () => {
  await serving.set("search", false);
  await serving.set("pay", false);
  const step = fc.constantFrom("away", "back", "a while", "long", "restart", "the clock back");
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      serving.now = 1_790_000_000_000;
      const keeper = memory();
      let read: StateStore["read"] = (application) => serving.store.read(application);
      const flaky = storeWith(serving.store, { read: (application) => read(application) });
      let snapshots = serving.serve({ keeper, store: flaky });
      await snapshots.get("shop");
      for (const taken of steps) {
        if (taken === "away") read = away;
        if (taken === "back") read = (application) => serving.store.read(application);
        if (taken === "a while") serving.now += MAX_STALE / 2;
        if (taken === "long") serving.now += 2 * MAX_STALE;
        if (taken === "the clock back") serving.now -= MAX_STALE;
        if (taken === "restart") {
          await snapshots.stop();
          snapshots = serving.serve({ keeper, store: flaky });
        }
        for (const served of [await snapshots.get("shop"), await snapshots.atLeast("shop", ANY)])
          expect([shown(served, "search", serving.now), shown(served, "pay", serving.now)]).toEqual([
            false,
            false,
          ]);
      }
      await snapshots.stop();
    }),
    walks(50),
  );
});
