import { problemsAfter } from './state-after.ts'
import { madeFaults } from './made-faults.ts'
import { invariants } from './invariants.ts'
const f = await problemsAfter(process.argv[2], Object.values(madeFaults))
Object.keys(madeFaults).forEach((k, i) => { if (!f[i].some(p => p.startsWith(k))) console.log('NOT', k, f[i]) })
for (const i of invariants) if (!(i.says in madeFaults)) console.log('NO FAULT', i.says)
