import { setTimeout as pause } from 'node:timers/promises'
import type { AllInOne } from '@weft/all-in-one'
import { databaseKey, type ServiceDatabase } from '@weft/foundation/database'
import { invariants } from './invariants.ts'

const settlingMs = 30_000
const lookEveryMs = 100

/** Owned by the one who made all tables, so it sees their rows past every policy. */
const counter = `
  create function faults.offenders(query text) returns bigint language plpgsql security definer as $$
  declare found bigint;
  begin
    execute format('select count(*) from (%s) offender', query) into found;
    return found;
  end $$;
  grant execute on function faults.offenders(text) to public;`

/**
 * Waits until every invariant holds: the demo has its end when the consumer has, and a provider whose call was answered
 * and who died before it wrote that down makes the call again, some seconds later if somebody it needs was not up yet. What
 * does not hold in half a minute is left to who reads the tables afterwards.
 */
export async function settled(platform: AllInOne): Promise<void> {
  const database = platform.assembly('runtime').service(databaseKey)
  const own = await database.forService('faults', [{ id: '001-offenders', sql: counter }])
  const end = Date.now() + settlingMs
  while (!(await allHold(own)) && Date.now() < end) await pause(lookEveryMs)
}

function allHold(own: ServiceDatabase): Promise<boolean> {
  return own.system('faults.settle', async (tx) => {
    for (const { offenders } of invariants) {
      const found = await tx.one<{ n: number }>('select faults.offenders($1) n', [offenders])
      if (found?.n !== 0) return false
    }
    return true
  })
}
