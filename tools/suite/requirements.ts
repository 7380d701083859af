import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { findPostgresql } from './postgresql.ts'

/** Something of the system's that a suite runs against for real. */
export interface Requirement {
  readonly name: string
  readonly debianPackages: readonly string[]
  readonly present: () => boolean
}

export const postgresqlRequirement: Requirement = {
  name: 'PostgreSQL 15 or newer',
  debianPackages: ['postgresql'],
  present: () => findPostgresql() !== undefined,
}

export const kitRequirement: Requirement = {
  name: 'a JDK (17 or newer) and Maven, for the official conformance kits',
  debianPackages: ['default-jdk-headless', 'maven'],
  present: () => ['javac', 'mvn'].every(runs),
}

function runs(command: string): boolean {
  return spawnSync(command, ['-version'], { stdio: 'ignore' }).status === 0
}

/**
 * Installs what is missing through the system's package manager, after listing it. Elsewhere than on Debian, or without
 * root and without `sudo -n`, it only says what is missing.
 * @returns what is still missing
 */
export function installMissing(requirements: readonly Requirement[]): Requirement[] {
  const missing = requirements.filter((requirement) => !requirement.present())
  if (missing.length === 0) return []
  console.log(`The suites need: ${missing.map((requirement) => requirement.name).join(', ')}`)
  const root = rootPrefix()
  if (!root || !existsSync('/usr/bin/apt-get')) {
    console.log('They cannot be installed from here (Debian as root, or with sudo -n). What needs them is left out.')
    return missing
  }
  const packages = missing.flatMap((requirement) => requirement.debianPackages)
  console.log(`Installing ${packages.join(' ')} with apt-get.`)
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', ...packages],
  ]) {
    const [command = 'apt-get', ...rest] = [...root, 'apt-get', ...args]
    spawnSync(command, rest, { stdio: ['ignore', 'ignore', 'inherit'], env: environment })
  }
  return missing.filter((requirement) => !requirement.present())
}

function rootPrefix(): string[] | undefined {
  if (process.getuid?.() === 0) return []
  try {
    execFileSync('sudo', ['-n', 'true'], { stdio: 'ignore' })
    return ['sudo', '-n']
  } catch {
    return undefined
  }
}
