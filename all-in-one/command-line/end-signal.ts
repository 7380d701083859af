/** Resolves at the first SIGINT or SIGTERM. A second one ends the process at once. */
export function endSignal(): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      process.once('SIGINT', () => process.exit(130))
      process.once('SIGTERM', () => process.exit(143))
      resolve()
    }
    process.once('SIGINT', end)
    process.once('SIGTERM', end)
  })
}
