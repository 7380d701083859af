import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { answeredDefects, calledDefects, type DefectiveWire, reportedDefects, serveDefectiveWire } from './defects.ts'
import { type PreparedSuite, prepareDpsSuite } from './dps-suite.ts'

let folder: string
let suite: PreparedSuite
let toPlane: DefectiveWire
let toControlPlane: DefectiveWire
let toDataPlane: DefectiveWire

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weft-dps-defects-'))
  suite = await prepareDpsSuite(folder, {
    toPlane: async ({ url }) => {
      toPlane = await serveDefectiveWire(() => url)
      return toPlane
    },
    toControlPlane: async ({ url }) => {
      toControlPlane = await serveDefectiveWire(() => url)
      return toControlPlane
    },
    toDataPlane: async (url) => {
      toDataPlane = await serveDefectiveWire(() => url)
      return toDataPlane.url
    },
  })
})

afterEach(() => {
  for (const wire of [toPlane, toControlPlane, toDataPlane]) wire.defect = undefined
})

afterAll(async () => {
  await suite?.stop()
  for (const wire of [toPlane, toControlPlane, toDataPlane]) await wire?.close()
  rmSync(folder, { recursive: true, force: true })
})

const seeded = [
  ...answeredDefects.map((defect) => ({ ...defect, wire: () => toDataPlane, defect })),
  ...reportedDefects.map((defect) => ({ ...defect, wire: () => toControlPlane, defect })),
  ...calledDefects.map((defect) => ({ ...defect, wire: () => toPlane, defect })),
]

describe('the DPS suite', () => {
  it('has twelve defects to find', () => {
    expect(seeded).toHaveLength(12)
  })

  it.each(seeded)('finds $what ($foundBy), and nothing without it', async ({ foundBy, wire, defect }) => {
    expect(await suite.run(foundBy)).toMatchObject({ status: 'passed', message: '' })
    wire().defect = defect
    expect(await suite.run(foundBy)).toMatchObject({ status: 'failed' })
  })
})
