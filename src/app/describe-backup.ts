import type { Backup } from "../domain/backup.ts";
import { rfc3339 } from "./rfc3339.ts";

/** What stood before the last deploy, as `restore` takes it again. */
export interface BackupView {
  readonly application: string;
  readonly takenAt: string;
  readonly revision: number;
  readonly flags: readonly {
    readonly key: string;
    readonly enabled: boolean;
    readonly rolloutPercentage: number;
  }[];
  /** The rollout before that deploy; null when it was the first one. */
  readonly rollout: string | null;
}

export function describeBackup(
  application: string,
  { takenAt, revision, settings, rollout }: Backup,
): BackupView {
  const flags = [...settings].map(([key, setting]) => ({ key, ...setting }));
  return { application, takenAt: rfc3339(takenAt), revision, flags, rollout: rollout?.id ?? null };
}
