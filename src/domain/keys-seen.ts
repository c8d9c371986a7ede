/**
 * How many distinct users a flag's percentage has decided for since it last changed, as one responder knows them: by their
 * targeting keys, whatever each of them was answered how often. Users whom targeting decides for are not among them.
 */
export interface KeysSeen {
  readonly flag: string;
  /** Percent of users who are to have the treatment. */
  readonly percentage: number;
  /** About how many had the treatment: the flag was on for them. */
  readonly treatment: number;
  /** About how many had not. */
  readonly control: number;
  /** Those that were counted one by one, a sample by chance; all of them while they are few. */
  readonly sampled: { readonly treatment: number; readonly control: number };
}
