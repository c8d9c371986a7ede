/** What may be said to `rollguard flags`; each verb takes some of it. */
export interface FlagsOptions {
  readonly application?: string;
  readonly json?: boolean;
  readonly on?: boolean;
  readonly off?: boolean;
  readonly percentage?: string;
  readonly format?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly reason?: string;
  readonly acknowledge?: boolean;
  readonly "dry-run"?: boolean;
  readonly revision?: string;
  readonly yes?: boolean;
}
