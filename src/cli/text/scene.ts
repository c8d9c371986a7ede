import type { RollbackTimeline, RollbackView } from "../../app/describe-rollback.ts";
import type { RolloutView } from "../../app/describe-rollout.ts";
import type { Style } from "./style.ts";

/** What surrounds an application on the screen. */
export interface Scene {
  readonly style: Style;
  /** When it is looked at: Unix time in milliseconds. */
  readonly now: number;
  /** When the server was asked. */
  readonly askedAt: number;
  /** Whether there are other applications, so that commands must say which. */
  readonly several: boolean;
  /** How the open rollbacks go, by application, as far as the server could be asked. */
  readonly timelines: ReadonlyMap<string, RollbackTimeline>;
}

/** A rollout, and what around it counts for it. */
export interface RolloutScene {
  readonly application: string;
  readonly traffic: number;
  readonly rollout: RolloutView;
  /** The one that is open. */
  readonly rollback: RollbackView | null;
}
