import express from "express";
import { Redis } from "ioredis";
import { z } from "zod";

/**
 * A webhook receiver as one writes it in an afternoon: check the body, run one script, answer. It knows no
 * duplicates, keeps no history, writes no log, and takes no lock.
 */
const labels = z.record(z.string(), z.string());

const webhook = z.object({
  version: z.literal("4"),
  groupKey: z.string(),
  truncatedAlerts: z.number().int().optional(),
  status: z.enum(["firing", "resolved"]),
  receiver: z.string(),
  groupLabels: labels,
  commonLabels: labels,
  commonAnnotations: labels,
  externalURL: z.string(),
  alerts: z.array(
    z.object({
      status: z.enum(["firing", "resolved"]),
      labels,
      annotations: labels,
      startsAt: z.iso.datetime({ offset: true }),
      endsAt: z.iso.datetime({ offset: true }),
      generatorURL: z.string(),
      fingerprint: z.string(),
    }),
  ),
});

const TURN_OFF = `
redis.call("HSET", KEYS[1], ARGV[1], "off")
return redis.call("INCR", KEYS[2])
`;

interface WithScript extends Redis {
  turnOff(flags: string, revision: string, flag: string): Promise<number>;
}

const redis = new Redis(process.env.REDIS_URL ?? "", {
  scripts: { turnOff: { lua: TURN_OFF, numberOfKeys: 2 } },
}) as WithScript;

const app = express();
app.use(express.json({ limit: "32mb" }));
app.post("/api/v1/alerts", async (request, response) => {
  const body = webhook.safeParse(request.body);
  if (!body.success) {
    response.status(400).json({ error: z.prettifyError(body.error) });
    return;
  }
  const trigger = body.data.alerts.find((alert) => alert.labels.rollback !== undefined);
  if (trigger === undefined) {
    response.json({ decision: "no_trigger" });
    return;
  }
  const revision = await redis.turnOff("usual:flags", "usual:revision", "phase_4_deployment");
  response.json({ decision: "rolled_back", revision });
});
app.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("listening"));
