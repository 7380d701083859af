import type { CatalogueEntry } from '@weft/foundation/errors'

const sides = {
  caller: 'the caller',
  ours: 'us',
  counterparty: 'the counterparty',
  network: 'the network',
} as const satisfies Record<CatalogueEntry['side'], string>

/** The catalogue of errors as a page of the reference. */
export function errorsPage(entries: readonly CatalogueEntry[]): string {
  const rows = entries.map(
    ({ code, status, side, title, remedy, retryable }) =>
      `| \`${code}\` | ${status} | ${sides[side]} | ${title} | ${remedy} | ${retryable ? 'yes' : 'no'} |`,
  )
  return [
    '# Errors',
    '',
    'Every refusal has one of these codes: in API answers, protocol errors, logs and the reason of a terminated process.',
    'The page is generated from the code (`npm run generate`).',
    '',
    '| Code | Status | On the side of | What happened | What to do | Retry may help |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}
