import type { Rollback, Unproven } from "../domain/rollback.ts";

const WHY: Readonly<Record<Unproven | "unseen", string>> = {
  unseen: "its metrics have no data",
  too_few: "there were too few requests to tell",
  improved: "it is much better than it was, and not well",
};

/** Why it is not known whether an `unverified` rollback has helped. */
export function whyUnverified({ unproven }: Pick<Rollback, "unproven">): string {
  return WHY[unproven ?? "unseen"];
}
