import type { KnownCommit } from "../../../app/known-commit.ts";
import type { StoreObserver } from "../../../app/ports.ts";
import type { IsKillSwitch } from "../../../domain/keeps-down.ts";
import type { RedisConnection } from "./connection.ts";
import type { Loss } from "./loss.ts";

export interface RedisApplicationOptions {
  readonly application: string;
  readonly connection: RedisConnection;
  readonly loss: Loss;
  /** Its newest commit, where one is known already. */
  readonly known: KnownCommit | undefined;
  readonly isKillSwitch: IsKillSwitch;
  readonly observer: StoreObserver;
  /** Told why a commit could not be announced. */
  readonly unheard: (why: string) => void;
  /** Milliseconds after which a silent holder loses the lock. */
  readonly lockTtl: number;
  /** Milliseconds that a transaction may wait for the lock. */
  readonly lockTimeout: number;
  /** How many replicas must have a transaction, and all before it, until it is over. */
  readonly waitReplicas: number;
}
