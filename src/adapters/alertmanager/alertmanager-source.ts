import type { ZodType } from "zod";
import type { ActiveAlert, AlertSource } from "../../app/ports.ts";
import { activeAlerts, status } from "./answers.ts";
import { configurationIn } from "./configuration.ts";

/** What is needed of Alertmanager's HTTP API, retries and time limits included. */
export interface AlertmanagerApi {
  /** @throws RollguardError `source_unavailable` */
  get<T>(
    path: string,
    parameters: readonly (readonly [name: string, value: string])[],
    schema: ZodType<T>,
  ): Promise<T>;
}

/** All of them: whoever asks decides what a silence means. */
const EVERY_STATE = ["active", "silenced", "inhibited", "unprocessed"] as const;

export function createAlertmanagerSource(api: AlertmanagerApi): AlertSource {
  return {
    async alerts(matcher): Promise<readonly ActiveAlert[]> {
      const states = EVERY_STATE.map((state) => [state, "true"] as const);
      const filter = matcher === undefined ? [] : [["filter", matcher] as const];
      return await api.get("/api/v2/alerts", [...states, ...filter], activeAlerts);
    },

    async configuration() {
      return configurationIn(await api.get("/api/v2/status", [], status));
    },
  };
}
