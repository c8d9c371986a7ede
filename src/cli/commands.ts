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
    summary: "show every application: traffic, rollout, gate, open rollback, and what to do next; --watch",
    load: async () => (await import("./status.ts")).status,
  },
  {
    name: "rollback",
    summary: "turn flags down by hand, now: one, a stage, a phase, all; --dry-run",
    load: async () => (await import("./rollback.ts")).rollback,
  },
  {
    name: "rollbacks",
    summary: "the last rollbacks; of one, every step with its time",
    load: async () => (await import("./rollbacks.ts")).rollbacks,
  },
  {
    name: "acknowledge",
    summary: "let out of quarantine what a rollback turned down; raises nothing",
    load: async () => (await import("./acknowledge.ts")).acknowledge,
  },
  {
    name: "shutdown",
    summary: "the kill switch: everything off for everybody, or back",
    load: async () => (await import("./shutdown.ts")).shutdown,
  },
  {
    name: "explain",
    summary: "what each alert would do if it fired now, and why not more",
    load: async () => (await import("./explain.ts")).explain,
  },
  {
    name: "replay",
    summary: "decide recorded webhooks again, committing nothing",
    load: async () => (await import("./replay.ts")).replay,
  },
  {
    name: "deploy",
    summary: "start a plan; --dry-run shows the whole schedule first",
    load: async () => (await import("./deploy.ts")).deploy,
  },
  {
    name: "notifications",
    summary: "notifications test: send a marked sample to Slack, PagerDuty, email and the webhook",
    load: async () => (await import("./notifications.ts")).notifications,
  },
  {
    name: "preflight",
    summary: "check all that a deploy needs",
    load: async () => (await import("./preflight.ts")).preflight,
  },
  {
    name: "pause",
    summary: "hold the rollout where it is",
    load: async () => (await import("./rollout-commands.ts")).pause,
  },
  {
    name: "resume",
    summary: "let a paused rollout go on",
    load: async () => (await import("./rollout-commands.ts")).resume,
  },
  {
    name: "approve",
    summary: "promote a green stage that waits for an operator",
    load: async () => (await import("./rollout-commands.ts")).approve,
  },
  {
    name: "abort",
    summary: "end the rollout where it is; traffic stays",
    load: async () => (await import("./rollout-commands.ts")).abort,
  },
  {
    name: "retry",
    summary: "start a rollout again that was rolled back, aborted or failed",
    load: async () => (await import("./rollout-commands.ts")).retry,
  },
  {
    name: "events",
    summary: "the ledger: what happened, when, by whom and why; --follow",
    load: async () => (await import("./events.ts")).events,
  },
  {
    name: "report",
    summary: "a report of a stage, a day, a rollout, an incident; as Markdown, HTML or JSON",
    load: async () => (await import("./report.ts")).report,
  },
  {
    name: "outbox",
    summary: "messages on their way to people: list, retry, drop",
    load: async () => (await import("./outbox.ts")).outbox,
  },
  {
    name: "store",
    summary: "store accept-loss: go on where Redis has lost data, never above what was kept",
    load: async () => (await import("./store.ts")).store,
  },
  {
    name: "flags",
    summary: "list the flags, get or set one, back up, compare, restore, export, import",
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
