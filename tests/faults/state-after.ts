export async function problemsOf(state: string, acknowledged: readonly unknown[]): Promise<string[]> {
  console.log(state, JSON.stringify(acknowledged, null, 1))
  return []
}
