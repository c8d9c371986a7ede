import type { EndedAlert, FiringAlert, KeptAlert, Pulse } from "../../domain/alert.ts";
import type { FlagState, Raise } from "../../domain/flag.ts";
import type { Rollback } from "../../domain/rollback.ts";
import {
  type ApplicationState,
  type StateChange,
  type WritableState,
  writeChange,
} from "../../domain/state.ts";

/**
 * A process' own copy of an application's state. Committed changes are written into it in place, so that a
 * transaction costs what it changes, however many alerts are being tracked.
 */
export class CachedState implements ApplicationState, WritableState {
  readonly flags = new Map<string, FlagState>();
  readonly raised = new Map<string, Raise>();
  readonly alerts = new Map<string, FiringAlert>();
  readonly kept = new Map<string, KeptAlert>();
  readonly pulses = new Map<string, Pulse>();
  readonly ended = new Map<string, EndedAlert>();
  rollback: Rollback | null = null;
  verification: ApplicationState["verification"] = null;
  past: ApplicationState["past"] = [];
  storm: ApplicationState["storm"] = null;
  snapshot: ApplicationState["snapshot"] = null;
  rollout: ApplicationState["rollout"] = null;
  bake: ApplicationState["bake"] = null;
  backup: ApplicationState["backup"] = null;
  watchdog: ApplicationState["watchdog"] = null;
  unchanged: ApplicationState["unchanged"] = [];
  summary: ApplicationState["summary"] = null;
  notices: ApplicationState["notices"] = [];
  revision: number;
  /**
   * Names this very state: the last commit and the last note in it. A revision does not: notes leave it as it is, and
   * after a failover that lost the last commits the same number may come again with another content.
   */
  version: string;

  constructor(revision: number, version: string) {
    this.revision = revision;
    this.version = version;
  }

  commit(changes: readonly StateChange[], revision: number, version: string): void {
    for (const change of changes) writeChange(this, change);
    this.revision = revision;
    this.version = version;
  }

  /** The values are shared: they are never written, only replaced. */
  copy(): ApplicationState {
    return {
      revision: this.revision,
      flags: new Map(this.flags),
      raised: new Map(this.raised),
      alerts: new Map(this.alerts),
      kept: new Map(this.kept),
      pulses: new Map(this.pulses),
      ended: new Map(this.ended),
      rollback: this.rollback,
      verification: this.verification,
      past: this.past,
      storm: this.storm,
      snapshot: this.snapshot === null ? null : new Map(this.snapshot),
      rollout: this.rollout,
      bake: this.bake,
      backup: this.backup,
      watchdog: this.watchdog,
      unchanged: this.unchanged,
      summary: this.summary,
      notices: this.notices,
    };
  }
}
