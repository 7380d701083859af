/** One thing that the wire asks of us, under the number by which tests cite it. */
export interface Rule {
  readonly id: string
  /** Where it comes from: the specification's must or should, a conformance kit, or this project. */
  readonly level: 'must' | 'should' | 'kit' | 'ours'
  readonly text: string
}
