import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { alertmanagerCommand } from "./alertmanager-server.ts";
import { installedVersion } from "./installed.ts";
import { startProcess } from "./process.ts";
import { buildRollguard, ROLLGUARD } from "./rollguard-server.ts";

export interface GenerateOptions {
  /** The text of the only policy. */
  readonly policy: string;
  /** Where the project's files go, as if it were the project's root. */
  readonly directory: string;
  /** The text of each secret file, by its name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** How long Alertmanager gathers the changes of an alert that it has told of; default: what was generated. */
  readonly groupInterval?: string;
}

export interface GeneratedFiles {
  /** The path of Prometheus' configuration. */
  readonly prometheus: string;
  readonly alertmanager: string;
}

/** Where the generated files look for secrets: a container's place for them. */
const SECRETS = "/run/secrets/";

/**
 * Runs `rollguard generate` for the servers that are installed. In what it writes nothing is changed but the
 * place of the secrets, which no policy says, and where it is asked for the pace of Alertmanager.
 */
export async function generateFiles({
  policy,
  directory,
  secrets,
  groupInterval = "10s",
}: GenerateOptions): Promise<GeneratedFiles> {
  const policyFile = join(directory, "policy.yaml");
  await writeFile(policyFile, policy);
  await buildRollguard();
  const args = [ROLLGUARD, "generate", policyFile, "--out", directory];
  args.push("--prometheus-version", await installedVersion("prometheus"));
  args.push("--alertmanager-version", await installedVersion(alertmanagerCommand()));
  const child = await startProcess({ name: "rollguard generate", command: process.execPath, args });
  const { code } = await child.ended;
  if (code !== 0) throw new Error(`the files could not be generated\n${child.report()}`);

  const place = join(directory, "secrets");
  await mkdir(place, { mode: 0o700 });
  for (const [name, text] of Object.entries(secrets)) {
    await writeFile(join(place, name), text, { mode: 0o600 });
  }
  const alertmanager = join(directory, "alertmanager/alertmanager.yml");
  const written = await readFile(alertmanager, "utf8");
  const paced = written.replaceAll("group_interval: 10s", `group_interval: ${groupInterval}`);
  await writeFile(alertmanager, paced.replaceAll(SECRETS, `${place}/`));
  return { prometheus: join(directory, "prometheus/prometheus.yml"), alertmanager };
}
