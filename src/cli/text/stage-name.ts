/** ` "Phase 5: self-improving agents"`; nothing for a stage that is called by its number anyway. */
export function quotedName({ name, stage }: { readonly name: string; readonly stage: number }): string {
  return name === "" || name.startsWith(`stage ${stage}:`) ? "" : ` "${name}"`;
}
