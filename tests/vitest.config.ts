import { defineConfig } from 'vitest/config'

/** The end-to-end suites: each file starts whole platforms, so one at a time. */
export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts', 'conformance/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
})
