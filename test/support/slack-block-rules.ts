import { z } from "zod";

/** As https://docs.slack.dev/reference/block-kit/blocks has them, of the blocks that Rollguard uses. */
const plainText = (max: number) =>
  z.strictObject({
    type: z.literal("plain_text"),
    text: z.string().min(1).max(max),
    emoji: z.boolean().optional(),
  });
const text = (max: number) =>
  z.union([
    plainText(max),
    z.strictObject({
      type: z.literal("mrkdwn"),
      text: z.string().min(1).max(max),
      verbatim: z.boolean().optional(),
    }),
  ]);
const button = z.strictObject({
  type: z.literal("button"),
  text: plainText(75),
  url: z.url().max(3_000),
  action_id: z.string().min(1).max(255),
});
const block = z.union([
  z.strictObject({ type: z.literal("header"), text: plainText(150) }),
  z.strictObject({ type: z.literal("section"), text: text(3_000) }),
  z.strictObject({ type: z.literal("section"), fields: z.array(text(2_000)).min(1).max(10) }),
  z.strictObject({ type: z.literal("context"), elements: z.array(text(2_000)).min(1).max(10) }),
  z.strictObject({ type: z.literal("actions"), elements: z.array(button).min(1).max(25) }),
]);

export type SlackBlock = z.infer<typeof block>;

/** Of all blocks together, as far as anybody has found out. */
const MAX_BLOCKS_TEXT = 13_200;

/** What Slack would have against them; null: nothing. */
export function faultOfBlocks(blocks: unknown): string | null {
  const result = z.array(block).max(50).safeParse(blocks);
  if (!result.success) return `invalid_blocks ${z.prettifyError(result.error)}`;
  const ids = result.data.flatMap((each) => (each.type === "actions" ? each.elements : []));
  if (new Set(ids.map((each) => each.action_id)).size < ids.length)
    return "invalid_blocks: an action_id twice";
  return textsIn(result.data).join("").length > MAX_BLOCKS_TEXT ? "msg_blocks_too_long" : null;
}

/** All texts of blocks, in their order, as Slack was given them. */
export function textsIn(blocks: readonly SlackBlock[]): string[] {
  return blocks.flatMap((each) => {
    if (each.type === "actions") return each.elements.map((element) => element.text.text);
    if (each.type === "context") return each.elements.map((element) => element.text);
    if ("fields" in each) return each.fields.map((field) => field.text);
    return [each.text.text];
  });
}
