import { z } from "zod";
import { textsIn } from "../../app/alert-texts.ts";
import type { ActiveAlert } from "../../app/ports.ts";

// Alertmanager's answers, as far as they are needed; whatever else is in them is left out.
// https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml

const texts = z.record(z.string(), z.string());

const activeAlert = z
  .object({
    fingerprint: z.string().min(1),
    labels: texts,
    annotations: texts.default({}),
    startsAt: z
      .string()
      .transform((text) => Date.parse(text))
      .refine((at) => !Number.isNaN(at), "is no time"),
    status: z.object({ silencedBy: z.array(z.string()), inhibitedBy: z.array(z.string()) }),
  })
  .transform(
    ({ fingerprint, labels, annotations, startsAt, status }): ActiveAlert => ({
      fingerprint,
      name: labels.alertname ?? "",
      labels,
      summary: annotations.summary ?? "",
      ...textsIn(annotations),
      startsAt,
      silenced: status.silencedBy.length > 0,
      inhibited: status.inhibitedBy.length > 0,
    }),
  );

export const activeAlerts = z.array(activeAlert);

/** The loaded configuration as YAML, with `<secret>` where one is. */
export const status = z
  .object({ config: z.object({ original: z.string() }) })
  .transform(({ config }) => config.original);
