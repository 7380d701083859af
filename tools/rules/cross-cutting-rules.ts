import type { Rule } from './rule.ts'

/** What holds across the protocols. */
export const crossCuttingRules: readonly Rule[] = [
  { id: 'X-01', level: 'ours', text: 'Everything is found by participant and id; what is foreign looks unknown.' },
  { id: 'X-02', level: 'ours', text: 'The address says who is meant, and tokens must be for that one.' },
  { id: 'X-03', level: 'ours', text: 'Size first, then who, then what may be seen, then shape, then state.' },
  {
    id: 'X-04',
    level: 'ours',
    text: 'Outbound calls are bounded in time and size, follow no redirect and keep credentials to their origin.',
  },
  {
    id: 'X-05',
    level: 'ours',
    text: 'Outbound addresses are public, judged by what they resolve to, and that is what is called.',
  },
  { id: 'X-06', level: 'ours', text: 'No token, secret or presentation is logged.' },
  { id: 'X-07', level: 'ours', text: 'Of two conflicting messages exactly one succeeds.' },
  { id: 'X-08', level: 'ours', text: 'No JSON-LD context is fetched.' },
  { id: 'X-09', level: 'ours', text: 'JSON is bounded, has no duplicate members, and none of its names is magic.' },
  { id: 'X-10', level: 'ours', text: 'One clock, half a minute of leeway at most.' },
]
