import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freeBasePort } from '@weft/all-in-one'
import { type FileSource, serveFile } from '@weft/sdk/demo'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoSteps, planInstants } from './instants.ts'
import { invariants } from './invariants.ts'
import { runKilledDemo } from './killed-demo.ts'
import { madeFaults } from './made-faults.ts'
import { problemsAfter, problemsOf } from './state-after.ts'

const seed = Number(process.env.WEFT_KILL_SEED ?? Math.floor(Math.random() * 1_000_000))
const count = Number(process.env.WEFT_KILL_INSTANTS ?? 10)
const plan = planInstants(seed, count)

let folder: string
let source: FileSource
let passed = 0
/** Of the last run that came to its end. */
let finished: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weft-kill-'))
  const file = join(folder, 'shared.bin')
  writeFileSync(file, Buffer.alloc(3_000_000, 7))
  source = await serveFile(file)
  console.info(`WEFT_KILL_SEED=${seed} WEFT_KILL_INSTANTS=${count}`)
})

afterAll(async () => {
  await source.close()
  if (passed === plan.length) rmSync(folder, { recursive: true, force: true })
  else console.info(`The states and logs are kept in ${folder}`)
})

describe(`a platform that is killed at any instant and started again (WEFT_KILL_SEED=${seed})`, () => {
  it.each(plan.map((instants, index) => ({ run: `run-${index + 1}`, instants, title: describeInstants(instants) })))(
    '$run goes to its end, loses nothing and does nothing twice: $title',
    async ({ run, instants }) => {
      const state = join(folder, run, 'state')
      const demo = await runKilledDemo({
        state,
        basePort: await freeBasePort(),
        source,
        target: join(folder, `${run}.download`),
        run,
        instants,
      })
      console.info(demo.deaths.join('\n'))
      expect(demo.result).toMatchObject({ ok: true, fabricManagerDown: true, bytes: source.bytes })
      expect(demo.result.steps.map(({ name }) => name)).toEqual(demoSteps.map(({ name }) => name))
      expect(demo.kills).toBe(instants.length)
      expect(await problemsOf(state, demo.acknowledged)).toEqual([])
      passed += 1
      finished = state
    },
  )

  it('leaves tables in which every kind of damage would be noticed', async () => {
    expect(Object.keys(madeFaults).toSorted()).toEqual(invariants.map(({ says }) => says).toSorted())
    const found = await problemsAfter(finished, Object.values(madeFaults))
    for (const [index, says] of Object.keys(madeFaults).entries()) {
      expect(found[index]).toContainEqual(expect.stringContaining(says))
    }
  })
})

function describeInstants(instants: (typeof plan)[number]): string {
  return instants
    .map(({ step, moment }) => `${step} (${moment.kind === 'time' ? `${moment.afterMs} ms` : `call ${moment.nth}`})`)
    .join(', ')
}
