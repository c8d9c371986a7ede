import type { KeysSeen } from "../keys-seen.ts";
import { logBeta } from "./beta.ts";

/** Among fewer treated users than this the luck of who is drawn makes a difference of half a percentage point. */
const FEW_USERS = 1_000;

/** The chance that shares that are right are called wrong, however often they are looked at. */
const ALPHA = 0.001;

/**
 * Whether the share of treated users is another one than the flag's percentage: by a mixture over all other shares, which is
 * right at every look. Only distinct users are tested: each is drawn once, while their requests come in clusters.
 */
export function isShareMismatch({ percentage, sampled }: KeysSeen): boolean {
  const share = percentage / 100;
  const { treatment, control } = sampled;
  const evidence =
    logBeta(0.5 + treatment, 0.5 + control) -
    logBeta(0.5, 0.5) -
    treatment * Math.log(share) -
    control * Math.log1p(-share);
  return evidence >= Math.log(1 / ALPHA);
}

/** What makes a comparison of treatment with control doubtful, in words: none where it is drawn well, and among many. */
export function doubtsOf(keys: KeysSeen): string[] {
  const { flag, percentage, treatment, sampled } = keys;
  const doubts: string[] = [];
  if (isShareMismatch(keys)) {
    const counted = sampled.treatment + sampled.control;
    const share = Number(((sampled.treatment / counted) * 100).toPrecision(3));
    doubts.push(
      `share mismatch: ${flag} is on for ${share} % of ${count(counted)} users, and its percentage is ${percentage}: treatment and control are not drawn alike`,
    );
  }
  if (treatment < FEW_USERS)
    doubts.push(
      `few users: about ${count(treatment)} have ${flag}; below ${count(FEW_USERS)} luck alone makes a difference of 0.5 %`,
    );
  return doubts;
}

function count(users: number): string {
  return COUNT.format(users);
}

const COUNT = new Intl.NumberFormat("en-US");
