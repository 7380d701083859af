/** Runs `work` for every number below `count`, at most `limit` at once. @throws the first error, after which nothing new begins */
export async function inFlight(
  count: number,
  limit: number,
  work: (number: number) => Promise<unknown>,
): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      const number = next
      next += 1
      await work(number)
    }
  }
  await Promise.all(Array.from({ length: limit }, worker))
}
