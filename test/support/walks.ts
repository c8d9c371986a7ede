/**
 * How many sequences a property is tried with: `usual` of them, or as many as `WALKS` says. `npm run test:walks -- <name>`
 * tries 100,000.
 */
export function walks(usual: number): { readonly numRuns: number } {
  return { numRuns: Number(process.env.WALKS ?? usual) };
}
