import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'

const rows = 40_000
const materials = ['steel', 'aluminium', 'polyamide', 'copper', 'rubber'] as const
const sites = ['Kassel', 'Plzen', 'Braga', 'Torino', 'Katowice'] as const

/**
 * Writes what a supplier would really share: the carbon footprint of each part it delivered in a month, about 3 MB of CSV.
 * The same bytes at every run.
 */
export async function writeSampleFile(path: string): Promise<void> {
  const file = createWriteStream(path)
  file.write('part,batch,produced,site,material,mass_kg,footprint_kg_co2e,method\n')
  let seed = 20_250_101
  const next = (limit: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed % limit
  }
  for (let row = 0; row < rows; row += 1) {
    const mass = (next(90_000) + 1_000) / 1000
    const footprint = (mass * (180 + next(900))) / 100
    const day = String((row % 30) + 1).padStart(2, '0')
    file.write(
      `P-${100_000 + next(4_000)},B-${String(row).padStart(6, '0')},2026-06-${day},${sites[next(5)]},${materials[next(5)]},` +
        `${mass.toFixed(3)},${footprint.toFixed(3)},ISO 14067\n`,
    )
  }
  file.end()
  await finished(file)
}
