import type { Command } from "./command.ts";

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

/** Each command is loaded when it is called: `--help` need not wait for a database driver. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "serve",
    summary: "take Alertmanager's webhooks and roll back",
    load: async () => (await import("./serve.ts")).serve,
  },
  {
    name: "status",
    summary: "show every application: traffic, open rollback, firing alerts",
    load: async () => (await import("./status.ts")).status,
  },
  {
    name: "flags",
    summary: "list the flags, or get one",
    load: async () => (await import("./flags.ts")).flags,
  },
  {
    name: "lint",
    summary: "check policy files",
    load: async () => (await import("./lint.ts")).lint,
  },
  {
    name: "import",
    summary: "turn Prometheus rules into a policy's alerts",
    load: async () => (await import("./import.ts")).importCommand,
  },
  {
    name: "generate",
    summary: "write what Prometheus, Alertmanager and Grafana read",
    load: async () => (await import("./generate.ts")).generate,
  },
];
