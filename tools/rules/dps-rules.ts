import type { Rule } from './rule.ts'

/** What Data Plane Signaling 1.0 asks for, and what this project adds to it. */
export const dpsRules: readonly Rule[] = [
  { id: 'DPS-01', level: 'must', text: 'Prepare ends PREPARED, or PREPARING with a Location.' },
  { id: 'DPS-02', level: 'must', text: 'Start ends STARTED, or STARTING with a Location.' },
  { id: 'DPS-03', level: 'must', text: 'A process is started once.' },
  { id: 'DPS-04', level: 'must', text: 'A start brings a data address for push, and none for pull.' },
  { id: 'DPS-05', level: 'must', text: 'A notification of start brings a data address for pull, and none for push.' },
  { id: 'DPS-06', level: 'must', text: 'All other signals are answered when they are done.' },
  {
    id: 'DPS-07',
    level: 'must',
    text: 'What has ended stays so; a signal in a wrong state is a 4xx and changes nothing.',
  },
  { id: 'DPS-08', level: 'must', text: 'A flow that is not known is a 404.' },
  { id: 'DPS-09', level: 'must', text: 'The status of a flow has its id and state.' },
  { id: 'DPS-10', level: 'must', text: 'What was not done at once is reported when it is, in a valid message.' },
  { id: 'DPS-11', level: 'must', text: 'A flow that has completed completes the transfer towards the counterparty.' },
  { id: 'DPS-12', level: 'must', text: 'A reported error changes no state and stays at home.' },
  { id: 'DPS-13', level: 'must', text: 'Registration replaces what was registered, and can be taken back.' },
  { id: 'DPS-14', level: 'must', text: 'An authorization has a type, and an unknown type is a 4xx.' },
  {
    id: 'DPS-15',
    level: 'must',
    text: 'Tokens of client credentials name plane and receiver, expire, and are checked with the registered keys.',
  },
  {
    id: 'DPS-16',
    level: 'must',
    text: 'Exchanged tokens are always verified; their scope authorises, their actor does not.',
  },
  { id: 'DPS-17', level: 'should', text: 'A token of a plane counts once.' },
  { id: 'DPS-18', level: 'ours', text: 'Only the two planes of a flow signal to each other about it.' },
  { id: 'DPS-19', level: 'must', text: 'Who suspended resumes.' },
  { id: 'DPS-20', level: 'must', text: 'The HTTP profile names itself, demands https and says how to authorise.' },
  {
    id: 'DPS-21',
    level: 'must',
    text: 'Renewal checks the client’s own token; a wrong client or token gets an OAuth error.',
  },
  { id: 'DPS-22', level: 'must', text: 'A refresh token belongs to one consumer.' },
  { id: 'DPS-23', level: 'should', text: 'A refresh token is used once; using it again ends its family.' },
  {
    id: 'DPS-24',
    level: 'kit',
    text: 'A pull under the HTTP profile starts with a refresh token, its lifetime and an endpoint.',
  },
  { id: 'DPS-25', level: 'kit', text: 'A consumer under the HTTP profile refuses an address without renewal.' },
  { id: 'DPS-26', level: 'ours', text: 'Access ends with the flow, on the next request.' },
  { id: 'DPS-27', level: 'ours', text: 'A flow has the id of its process.' },
  { id: 'DPS-28', level: 'must', text: 'A data plane reads the agreement of its own transfer.' },
]
