import { writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { createEmbeddedStore } from "../../src/adapters/store/embedded/embedded-store.ts";
import { createRedisStore } from "../../src/adapters/store/redis/redis-store.ts";
import type { StateStore } from "../../src/app/ports.ts";
import { count, countingObserver, NOTHING, note } from "./works.ts";

/**
 * A process that works on a store beside the test's own:
 * `<place> <application> <name> <number>` takes that many steps of `count`, and a `note` after each;
 * `… forever` takes steps until it is killed;
 * `… notes` notes until it is killed;
 * `… persists` does the same, also when a step fails, and says so;
 * `… trims` takes steps of `count`, and all but the newest event out of the ledger after each, until it is killed;
 * `… clears` takes all but the newest event out of the ledger until it could, and then waits to be killed;
 * `… holds` stays inside `work`, with the lock, until it is killed.
 */
const [place = "", application = "", name = "", task = ""] = process.argv.slice(2);

const store: StateStore = place.startsWith("redis")
  ? createRedisStore({ url: place, observer: countingObserver(), lockTtl: 500 })
  : createEmbeddedStore({ directory: place, observer: countingObserver() });

/** LMDB's own complaints share the reader: while it is busy there is no room, and that is no reason to die. */
const say = (text: string): void => {
  for (;;) {
    try {
      writeSync(1, `${text}\n`);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
};

await store.ping();
say("ready");
if (task === "forever") {
  for (let step = 1; ; step++) {
    await store.transact(application, count(name));
    say(`step ${step}`);
  }
}
if (task === "trims") {
  for (let step = 1; ; step++) {
    const { revision } = await store.transact(application, count(name));
    await store.trim(application, revision);
    say(`step ${step}`);
  }
}
if (task === "clears") {
  for (;;) {
    const outcome = store.trim(application, Number.MAX_SAFE_INTEGER).then(
      ({ first }) => `cleared ${first}`,
      (error: Error & { code?: string }) => `failed ${error.code}: ${error.message}`,
    );
    say(await outcome);
    await delay(20);
  }
}
if (task === "notes") {
  for (let step = 1; ; step++) {
    await store.transact(application, note);
    say(`step ${step}`);
  }
}
if (task === "persists") {
  for (let steps = 0; ; ) {
    const outcome = store.transact(application, count(name)).then(
      () => `step ${++steps}`,
      (error: Error & { code?: string }) => `failed ${error.code}: ${error.message}`,
    );
    say(await outcome);
    await delay(2);
  }
}
if (task === "holds") {
  await store.transact(application, () => {
    say("inside");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    return NOTHING;
  });
}
for (let step = 0; step < Number(task); step++) {
  await store.transact(application, count(name));
  await store.transact(application, note);
}
await store.close();
