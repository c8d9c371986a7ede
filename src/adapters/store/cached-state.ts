import type { FiringAlert } from "../../domain/alert.ts";
import type { FlagState } from "../../domain/flag.ts";
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
  readonly alerts = new Map<string, FiringAlert>();
  rollback: Rollback | null = null;
  snapshot: ApplicationState["snapshot"] = null;
  revision: number;
  /**
   * Names the commit that this is the state of. A revision does not: after a failover that lost the last commits,
   * the same number may come again with another content.
   */
  stamp: string;

  constructor(revision: number, stamp: string) {
    this.revision = revision;
    this.stamp = stamp;
  }

  commit(changes: readonly StateChange[], revision: number, stamp: string): void {
    for (const change of changes) writeChange(this, change);
    this.revision = revision;
    this.stamp = stamp;
  }

  /** The values are shared: they are never written, only replaced. */
  copy(): ApplicationState {
    return {
      revision: this.revision,
      flags: new Map(this.flags),
      alerts: new Map(this.alerts),
      rollback: this.rollback,
      snapshot: this.snapshot === null ? null : new Map(this.snapshot),
    };
  }
}
