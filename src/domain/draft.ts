import type { EndedAlert, FiringAlert, KeptAlert, Pulse } from "./alert.ts";
import type { Decision } from "./decision.ts";
import type { FlagState, Raise } from "./flag.ts";
import { OverlayMap } from "./overlay-map.ts";
import type { Rollback } from "./rollback.ts";
import { type ApplicationState, type WritableState, writeChange } from "./state.ts";

/** A state with decisions on top of it that nobody has committed yet. The state below stays untouched. */
export class Draft implements ApplicationState, WritableState {
  readonly flags: OverlayMap<string, FlagState>;
  readonly raised: OverlayMap<string, Raise>;
  readonly alerts: OverlayMap<string, FiringAlert>;
  readonly kept: OverlayMap<string, KeptAlert>;
  readonly pulses: OverlayMap<string, Pulse>;
  readonly ended: OverlayMap<string, EndedAlert>;
  revision: number;
  rollback: Rollback | null;
  verification: ApplicationState["verification"];
  past: ApplicationState["past"];
  storm: ApplicationState["storm"];
  snapshot: ApplicationState["snapshot"];
  rollout: ApplicationState["rollout"];
  bake: ApplicationState["bake"];
  backup: ApplicationState["backup"];
  watchdog: ApplicationState["watchdog"];
  summary: ApplicationState["summary"];
  unchanged: ApplicationState["unchanged"];
  notices: ApplicationState["notices"];

  constructor(state: ApplicationState) {
    this.flags = new OverlayMap(state.flags);
    this.raised = new OverlayMap(state.raised);
    this.alerts = new OverlayMap(state.alerts);
    this.kept = new OverlayMap(state.kept);
    this.pulses = new OverlayMap(state.pulses);
    this.ended = new OverlayMap(state.ended);
    this.revision = state.revision;
    this.rollback = state.rollback;
    this.verification = state.verification;
    this.past = state.past;
    this.storm = state.storm;
    this.snapshot = state.snapshot;
    this.rollout = state.rollout;
    this.bake = state.bake;
    this.backup = state.backup;
    this.watchdog = state.watchdog;
    this.summary = state.summary;
    this.unchanged = state.unchanged;
    this.notices = state.notices;
  }

  apply({ changes, events }: Pick<Decision, "changes" | "events">): void {
    this.revision += events.length;
    for (const change of changes) writeChange(this, change);
  }
}
