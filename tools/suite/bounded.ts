/** Ends a command that does not end by itself: nothing else could, while it is waited for. */
export const endedAfter = (ms: number) => ({ timeout: ms, killSignal: 'SIGKILL' }) as const
