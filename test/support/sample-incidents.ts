import type { Incident, IncidentStep } from "../../src/app/notify/incident.ts";
import type { FlagChange } from "../../src/domain/flag.ts";
import type { MessageKind } from "../../src/domain/message.ts";
import type { TierName } from "../../src/domain/tier.ts";
import { sampleTimeline } from "./sample-timelines.ts";

/** 2026-03-14T10:15:00Z: when the samples' rollback was decided. Its alert began to fire 20 s before. */
export const STARTED_AT = Date.UTC(2026, 2, 14, 10, 15);
export const SUBJECT = "rb-412-k3v9d1";

const ALERT_STARTS_AT = STARTED_AT - 20_000;
/** What was on for everybody. */
const off = (flag: string, from = 100): FlagChange => ({
  flag,
  before: { enabled: true, rolloutPercentage: from },
  after: { enabled: false, rolloutPercentage: 0 },
});

/** A step so many seconds after the rollback was decided. */
export function stepAt(seconds: number, kind: MessageKind, text: string): IncidentStep {
  return { at: STARTED_AT + seconds * 1_000, kind, text };
}

const ROLLED_BACK = stepAt(0, "rolled_back", "Rolled back (phase): 2 flags off, traffic 60 % → 30 %");
const ESCALATED = stepAt(
  165,
  "escalated",
  "Escalated to safe-state: the error rate is 3.1 %, traffic 30 % → 0 %",
);
const VERIFIED = stepAt(62, "verified", "Verified: the error rate is 0.04 %, 3 good checks in a row");

/** Of a rollback of tier phase that has just begun. */
export function justRolledBack(over: Partial<Incident> = {}): Incident {
  return {
    application: "genesis",
    title: "Genesis",
    production: true,
    subject: SUBJECT,
    kind: "rollback",
    status: "open",
    headline: "Rolled back (phase): ErrorRateSpike, 2 flags off, traffic 60 % → 30 %",
    tier: "phase",
    startedAt: STARTED_AT,
    endedAt: null,
    alert: {
      name: "ErrorRateSpike",
      startsAt: ALERT_STARTS_AT,
      labels: {
        alertname: "ErrorRateSpike",
        application: "genesis",
        cluster: "eu-1",
        instance: "10.0.3.17:8080",
        job: "genesis",
        severity: "critical",
      },
      summary: "Error rate above 1 %",
      description: "More than one request in a hundred fails, for a minute.",
      value: "3.2 > 1 %",
    },
    alsoFiring: [],
    absorbed: 0,
    flags: [off("darwin_integration_enabled"), off("a2a_integration_enabled", 50)],
    traffic: { before: 60, after: 30 },
    took: { toRollBack: 20.4, toVerify: null },
    steps: [ROLLED_BACK],
    todo: ["Find out why ErrorRateSpike fires before anybody raises the flags again."],
    links: {
      console: "https://rollguard.example.com/#/applications/genesis/rollbacks/rb-412-k3v9d1",
      dashboard: "https://grafana.example.com/d/genesis-48h",
      runbook: "https://runbooks.example.com/error-rate-spike",
    },
    rollback: rollbackOf("phase"),
    ...over,
  };
}

/** It did not help: the next tier has run, and other alerts have joined. */
export function escalated(over: Partial<Incident> = {}): Incident {
  return justRolledBack({
    headline: "Escalated (safe-state): ErrorRateSpike, 4 flags off, traffic 60 % → 0 %",
    tier: "safe-state",
    alsoFiring: ["LatencyExtreme", "HealthChecksFailing"],
    absorbed: 7,
    flags: [
      off("darwin_integration_enabled"),
      off("a2a_integration_enabled", 50),
      off("aatc_system_enabled", 12.5),
      off("phase_4_deployment", 60),
    ],
    traffic: { before: 60, after: 0 },
    steps: [
      ROLLED_BACK,
      stepAt(165, "unrelated", "LatencyExtreme fires too, for the same reason"),
      ESCALATED,
    ],
    todo: ["Look at the dashboard: all of Genesis is in the safe state.", "Tell the people of Genesis."],
    rollback: rollbackOf("safe-state", { escalatedAt: ESCALATED.at }),
    ...over,
  });
}

/** It is known to have helped; its alert still fires. */
export function verified(over: Partial<Incident> = {}): Incident {
  return justRolledBack({
    status: "verified",
    headline: "Verified after 62 s: ErrorRateSpike, 2 flags off, traffic 60 % → 30 %",
    absorbed: 3,
    took: { toRollBack: 20.4, toVerify: 82 },
    steps: [ROLLED_BACK, VERIFIED],
    rollback: rollbackOf("phase", { status: "verified", verifiedAt: VERIFIED.at }),
    ...over,
  });
}

/** Nobody can tell whether it has helped. */
export function unverified(over: Partial<Incident> = {}): Incident {
  return justRolledBack({
    status: "unverified",
    headline: "Not verified: ErrorRateSpike, 2 flags off, traffic 60 % → 30 %",
    steps: [ROLLED_BACK, stepAt(120, "unverified", "Not verified: Prometheus does not answer")],
    todo: ["See for yourself whether the error rate is below 1 %: Prometheus does not tell."],
    rollback: rollbackOf("phase", { status: "unverified" }),
    ...over,
  });
}

/** Not even the most severe tier has helped. */
export function failed(over: Partial<Incident> = {}): Incident {
  return escalated({
    status: "failed",
    headline: "Rollback failed (emergency): ErrorRateSpike still fires, traffic 60 % → 0 %",
    tier: "emergency",
    steps: [
      ROLLED_BACK,
      ESCALATED,
      stepAt(330, "escalated", "Escalated to emergency: the error rate is 2.9 %"),
      stepAt(495, "failed", "Failed: the error rate is 2.7 %, and there is no tier above emergency"),
    ],
    todo: ["Act now: no tier has helped.", "Turn the kill switch on: rollguard shutdown genesis"],
    rollback: rollbackOf("emergency", { status: "failed", escalatedAt: STARTED_AT + 330_000 }),
    ...over,
  });
}

/** Verified, and all its alerts have resolved. */
export function ended(over: Partial<Incident> = {}): Incident {
  const endedAt = STARTED_AT + 1_500_000;
  return verified({
    status: "ended",
    headline: "Ended after 25m: ErrorRateSpike, 2 flags off, traffic 60 % → 30 %",
    endedAt,
    steps: [
      ROLLED_BACK,
      VERIFIED,
      stepAt(900, "acknowledged", "Acknowledged by ada: a bad index, fixed in 4.2.1"),
      stepAt(1_500, "ended", "Ended: all alerts have resolved"),
    ],
    todo: ["Raise the flags again when the cause is gone: rollguard flags set --acknowledge"],
    rollback: rollbackOf("phase", { status: "verified", verifiedAt: VERIFIED.at, endedAt }),
    ...over,
  });
}

const rollout = (headline: string, steps: readonly IncidentStep[], over: Partial<Incident>): Incident =>
  justRolledBack({
    subject: "ro-388-p7x2aa",
    kind: "rollout",
    status: "info",
    headline,
    tier: null,
    alert: null,
    flags: [],
    traffic: { before: 30, after: 60 },
    took: { toRollBack: null, toVerify: null },
    steps,
    todo: [],
    links: {
      console: "https://rollguard.example.com/#/applications/genesis",
      dashboard: "https://grafana.example.com/d/genesis-48h",
      runbook: null,
    },
    rollback: null,
    ...over,
  });

const DEPLOYED = stepAt(
  -86_400,
  "deployed",
  "Deployed with the plan hybrid: stage 1 of 6, traffic 0 % → 30 %",
);

export function promoted(over: Partial<Incident> = {}): Incident {
  const step = stepAt(0, "promoted", "Promoted to stage 2 of 6: traffic 30 % → 60 %");
  return rollout("Promoted: hybrid, stage 2 of 6, traffic 30 % → 60 %", [DEPLOYED, step], over);
}

export function held(over: Partial<Incident> = {}): Incident {
  const step = stepAt(0, "held", "Held at stage 2 of 6: the p95 latency is 240 ms, which is yellow");
  return rollout("Held: hybrid, stage 2 of 6, p95 latency 240 ms", [DEPLOYED, step], {
    traffic: null,
    todo: ["Approve it or wait: it is decided again in 6h. rollguard approve genesis"],
    ...over,
  });
}

export function completed(over: Partial<Incident> = {}): Incident {
  const step = stepAt(0, "completed", "Completed: hybrid, 6 of 6 stages, traffic 100 %");
  return rollout("Completed: hybrid, traffic 100 %", [DEPLOYED, step], {
    status: "ended",
    endedAt: STARTED_AT,
    traffic: { before: 85, after: 100 },
    ...over,
  });
}

/** An alert that would have rolled back, had nothing kept it back. */
export function keptBack(over: Partial<Incident> = {}): Incident {
  return justRolledBack({
    subject: "rb-398-m2c4zz",
    kind: "notice",
    status: "info",
    headline: "Nothing was rolled back: ErrorRateSpike came within the cooldown of 10m",
    tier: null,
    flags: [],
    traffic: null,
    took: { toRollBack: null, toVerify: null },
    steps: [stepAt(0, "cooldown", "ErrorRateSpike came 4m after the last rollback: the cooldown is 10m")],
    todo: ["Roll back by hand if it is serious: rollguard rollback genesis --tier phase"],
    rollback: null,
    ...over,
  });
}

/** What somebody may put into labels, names and reasons to break out of a message, or to make it unreadable. */
export const HOSTILE_TEXTS = {
  mention: "<!channel> <!here> <@U012AB3CD> <#C024BE7LR|general>",
  link: "<https://evil.example/?a=1&b=2|Click here>",
  html: "<script>alert(1)</script><img src=x onerror=alert(1)>&amp;\"'",
  markdown: "```\n*bold* _it_ ~no~ `code` ``` [a](https://evil.example) :tada: > quote",
  control: "line\r\nBcc: a@evil.example\u0000\u0007\u001b[31mred\u2028next",
  turned: "\u202egnp.exe\u202c \u2066x\u2069 \u200f",
  long: `long ${"🔥".repeat(2_500)}`,
} as const;

export function hostile(over: Partial<Incident> = {}): Incident {
  const { mention, link, html, markdown, control, turned, long } = HOSTILE_TEXTS;
  return justRolledBack({
    title: `Genesis ${mention}`,
    headline: `Rolled back (phase): ${mention} ${control} ${long}`,
    alert: {
      name: `${mention}${turned}`,
      startsAt: ALERT_STARTS_AT,
      labels: {
        cluster: mention,
        instance: link,
        job: html,
        pod: markdown,
        region: control,
        zone: long,
        [link]: turned,
      },
      summary: `${markdown} ${html}`,
      description: long,
      value: `${control} > 1 %`,
    },
    alsoFiring: [link, markdown, ...Array.from({ length: 60 }, (_, index) => `Alert${index}${turned}`)],
    flags: [off(mention), off(markdown), ...Array.from({ length: 80 }, (_, index) => off(`flag_${index}`))],
    steps: [
      stepAt(0, "rolled_back", `${mention} ${markdown}`),
      stepAt(3, "acknowledged", `Acknowledged by ${html}: ${control} ${long}`),
    ],
    todo: [`Look at ${link}`, markdown, long],
    ...over,
  });
}

function rollbackOf(
  tier: TierName,
  over: Parameters<typeof sampleTimeline>[1] = {},
): NonNullable<Incident["rollback"]> {
  return sampleTimeline(
    { id: SUBJECT, tier, trigger: "ErrorRateSpike", alertStartedAt: ALERT_STARTS_AT, startedAt: STARTED_AT },
    over,
  );
}
