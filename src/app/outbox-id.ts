/** As every store can keep them: six bytes of a revision, four of a place in its commit. */
const MAX_REVISION = 2 ** 48 - 1;
const MAX_INDEX = 2 ** 32 - 1;

/** Whether a text from outside can be the id of a message: `<revision>-<index>`. */
export function isOutboxId(text: string): boolean {
  if (!/^\d{1,15}-\d{1,10}$/.test(text)) return false;
  const [revision = 0, index = 0] = text.split("-").map(Number);
  return revision <= MAX_REVISION && index <= MAX_INDEX;
}
