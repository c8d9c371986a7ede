import { createHash } from "node:crypto";
import type { Incident } from "../../../app/notify/incident.ts";

/** PagerDuty takes no longer one. */
const MOST = 255;

/** What makes one PagerDuty incident of everything that is told of a subject. At most 255 characters. */
export function dedupKeyOf({ application, subject }: Pick<Incident, "application" | "subject">): string {
  const key = `rollguard/${application}/${subject}`;
  if (key.length <= MOST) return key;
  const hash = createHash("sha256").update(key).digest("hex");
  return `${key.slice(0, MOST - hash.length - 1).replace(/[\ud800-\udbff]$/, "")}-${hash}`;
}
