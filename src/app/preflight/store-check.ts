import type { Deadline } from "../deadline.ts";
import type { StateStore } from "../ports.ts";
import { describeSkew, isSkewed } from "../watch-clock.ts";
import { fail, type PreflightCheck, pass, warn } from "./preflight-check.ts";

/** Tries all that a commit does, then reads and writes under the application's lock, as a deploy would. */
export async function checkStore(
  store: Pick<StateStore, "kind" | "transact" | "skew" | "ping">,
  application: string,
  deadline: Deadline,
): Promise<PreflightCheck> {
  try {
    await deadline.run("the store", () => store.ping(application));
    // The note that is written is the one that stands there already, also when there is none: the write is real, and
    // nobody sees a difference.
    await deadline.run("the store", () =>
      store.transact(application, ({ watchdog }) => ({
        changes: [{ kind: "watchdog", value: watchdog }],
        events: [],
        messages: [],
      })),
    );
    const works = `the ${store.kind} store reads and writes`;
    const skew = store.skew();
    if (skew === null || !isSkewed(skew)) return pass("store", works);
    return warn("store", `${works}, but ${describeSkew(skew)}`, "have all clocks set by NTP");
  } catch (error) {
    return fail("store", (error as Error).message, FIXES[store.kind] ?? "see that the store is up");
  }
}

const FIXES: Readonly<Record<string, string>> = {
  redis:
    "see that Redis is up, reachable at ROLLGUARD_REDIS_URL, a primary, has memory left, and lets its user do all that docs/operations.md#redis names",
  embedded: "see that Rollguard may write to ROLLGUARD_DATA, and that the disk is not full",
};
