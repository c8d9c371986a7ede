import type { Alert } from "../../src/domain/alert.ts";
import type {
  AcknowledgeCommand,
  AlertCommand,
  OperatorCommand,
  RollbackCommand,
} from "../../src/domain/command.ts";
import { quietCommands } from "../../src/domain/decide-resolved.ts";
import { nextVerifyOf } from "../../src/domain/decide-verify.ts";
import type { Decision } from "../../src/domain/decision.ts";
import type { Rollback, RollbackStatus } from "../../src/domain/rollback.ts";
import type { TierName } from "../../src/domain/tier.ts";
import type { Duration, Instant } from "../../src/domain/time.ts";
import type { VerifyEvidence } from "../../src/domain/verification.ts";
import { verifyCriteria } from "../../src/domain/verification-check.ts";
import { criterionOf, planOf, policyOf } from "./policies.ts";
import { MINUTE, OFF, on } from "./policies-rollout.ts";
import { greenOf, RolloutSimulator, type Values } from "./rollout-simulator.ts";

/** How the application looks to a check of a rollback. */
export type Sight = "good" | "bad" | "no data";

const SEEN: Readonly<Record<Sight, Values>> = {
  good: {},
  bad: { error_rate: 7 },
  "no data": { error_rate: null },
};

type Said = Partial<OperatorCommand>;

/** A shop with everything on, where every tier has something left to turn down. */
export const running = policyOf({
  flags: [
    { key: "cache", phase: 6 },
    { key: "router", phase: 6, rolloutPercentage: 50 },
    { key: "darwin", phase: 5 },
    { key: "core", phase: 1 },
    { key: "child", parent: "core" },
    { key: "otel", phase: 6, protected: true },
    { key: "read_only", kind: "operational", ...OFF },
    { key: "shutdown", kind: "kill-switch", ...OFF },
  ],
  tiers: {
    phase: { phases: [6], trafficCap: 30 },
    "safe-state": { phases: [5, 6], trafficCap: 0 },
    emergency: { flags: ["core"], pages: true },
  },
  triggers: [
    { alert: "CacheBroken", tier: "flag", flags: ["cache"] },
    { alert: "RouterBroken", tier: "flag", flags: ["router"] },
    { alert: "TestsFail", tier: "phase" },
    { alert: "ErrorRateSpike", tier: "safe-state" },
    { alert: "ServiceDown", tier: "emergency" },
  ],
  plans: [
    planOf("steps", [
      { traffic: 10, flags: new Map([["cache", on()]]) },
      { traffic: 100, flags: new Map() },
    ]),
  ],
  gates: [
    {
      name: "standard",
      criteria: [
        criterionOf("error_rate", "< 0.1", "> 1"),
        criterionOf("pass_rate", ">= 98", "< 95", { checksInARow: 3 }),
        criterionOf("uptime", ">= 100", "< 99.9", "average"),
      ],
      holdFor: 60 * MINUTE,
    },
  ],
});

/** An application whose rollbacks are looked at, in virtual time. */
export class RollbackSimulator extends RolloutSimulator {
  fires(
    name: string,
    more: Partial<Alert> & Pick<Partial<AlertCommand>, "actor" | "receivedAt" | "evidence"> = {},
  ) {
    const { actor, receivedAt, evidence, ...told } = more;
    const alert = { ...alertOf(name, this.now), ...told };
    const by = actor === undefined ? {} : { actor };
    const at = receivedAt === undefined ? {} : { receivedAt };
    return this.take({ type: "alert", alert, ...by, ...at, ...(evidence === undefined ? {} : { evidence }) });
  }

  resolves(name: string, more: Partial<Alert> = {}): Decision {
    return this.take({ type: "alert", alert: { ...alertOf(name, this.now), ...more, status: "resolved" } });
  }

  /** What the ticker does: alerts that have been quiet for the hold-down end. */
  endsQuiet(): readonly Decision[] {
    return quietCommands(this.state, this.policy, this.now).map((command) => this.take(command));
  }

  /** What is seen of the open rollback now. */
  sight(sight: Sight | Values = "good", more: Partial<VerifyEvidence> = {}): VerifyEvidence {
    const values = typeof sight === "string" ? SEEN[sight] : sight;
    const seen = verifyCriteria(this.policy).map(({ metric, green }) => {
      const value = values[metric] === undefined ? greenOf({ green }) : values[metric];
      return [metric, value === null ? [] : [value].flat()] as const;
    });
    return {
      rollback: this.state.rollback?.id ?? "none",
      takenAt: this.now,
      values: new Map(seen),
      breached: [],
      answered: ["Trigger"],
      blindness: [],
      ...more,
    };
  }

  /** Looks now, whether or not that is due. */
  look(sight: Sight | Values = "good", more: Partial<VerifyEvidence> = {}): Decision {
    return this.take({ type: "verify", evidence: this.sight(sight, more) });
  }

  /** Waits for the next look, and makes it. */
  nextVerify(sight: Sight | Values = "good", more: Partial<VerifyEvidence> = {}): Decision {
    if (this.dueLook === null) throw new Error(`no look is due: the rollback is ${this.rollbackStatus}`);
    this.now = Math.max(this.now, this.dueLook);
    return this.look(sight, more);
  }

  /** Makes every look that is due until something is decided. */
  looksOn(sight: Sight | Values): Decision {
    for (let looks = 0; looks < 1_000; looks++) {
      const decision = this.nextVerify(sight);
      if (decision.reason !== null) return decision;
    }
    throw new Error("nothing is ever decided");
  }

  /** Makes every look that is due for so long. */
  looksFor(duration: Duration, sight: Sight | Values): void {
    const until = this.now + duration;
    while (this.dueLook !== null && this.dueLook <= until) this.nextVerify(sight);
    this.now = until;
  }

  /** Begun by an alert that resolves at once, seen to have helped, and over. */
  wholeRollback(name: string): string {
    const { rollback } = this.fires(name);
    this.resolves(name);
    this.verify();
    if (rollback === null || this.state.rollback !== null) throw new Error(`${name} began no rollback`);
    return rollback;
  }

  rollsBack(tier: TierName, said: Partial<RollbackCommand> = {}): Decision {
    const none = { flags: [], phase: null, shutdown: false };
    return this.take({ type: "rollback", tier, ...none, ...signed({ reason: "slow" }), ...said });
  }

  acknowledges(rollback: string | null, said: Partial<AcknowledgeCommand> = {}): Decision {
    const id = rollback ?? "none";
    const signature = signed({ reason: "understood" });
    return this.take({ type: "acknowledge", rollback: id, force: false, ...signature, ...said });
  }

  shutdown(on: boolean, said: Said = {}): Decision {
    return this.take({ type: "shutdown", on, ...signed({ reason: "drill", ...said }) });
  }

  get dueLook(): Instant | null {
    return nextVerifyOf(this.state);
  }

  get open(): Rollback {
    if (this.state.rollback === null) throw new Error("no rollback is open");
    return this.state.rollback;
  }

  get rollbackStatus(): RollbackStatus | null {
    return this.state.rollback?.status ?? null;
  }

  /** Flags in quarantine, and by which rollback. */
  get quarantine(): Record<string, string> {
    const flags = [...this.state.flags].map(([key, { quarantinedBy }]) => [key, quarantinedBy] as const);
    return Object.fromEntries(flags.filter(([, by]) => by !== null)) as Record<string, string>;
  }

  /** What the ledger says was decided. */
  get reasons(): string[] {
    return this.ledger.map(({ reason }) => reason);
  }
}

function alertOf(name: string, startsAt: Instant): Alert {
  return {
    fingerprint: name,
    name,
    status: "firing",
    startsAt,
    application: "shop",
    job: null,
    labels: { alertname: name },
  };
}

function signed(said: Said): OperatorCommand {
  return { actor: "mia", reason: null, expected: null, ...said };
}
