/**
 * What the members of a dataspace relax in messages about transfers, for partners that cannot do better; what is absent
 * is strict.
 */
export interface TransferRules {
  /** `path`: a message is about the process in its path, whatever pids it carries besides (DSP-46). */
  readonly pids?: 'both' | 'path'
  /** `optional`: a transfer may start without a data address: where the data is has been told in another way (DSP-38). */
  readonly dataAddress?: 'required' | 'optional'
}
