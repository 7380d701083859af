#!/usr/bin/env node
import module from 'node:module'

// Plain JavaScript on purpose: an older Node has to get as far as this sentence.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 24) {
  console.error(
    `Weft runs on Node 24; this is ${process.versions.node}. On Linux and Windows "npm ci" brings it and npm scripts use it;` +
      ' elsewhere install Node 24 and try again.',
  )
  process.exit(1)
}
if (major === 24 && minor < 2) console.error(`Weft is tested on Node 24.21; this is ${process.versions.node}.`)
// Compiled code of the last run is kept by Node, which halves what a start spends on reading sources.
module.enableCompileCache?.()
const { main } = await import('./command-line/main.ts')
process.exitCode = await main(process.argv.slice(2))
