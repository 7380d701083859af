const odrlNamespace = 'http://www.w3.org/ns/odrl/2/'
const odrlPrefix = 'odrl:'

/** `odrl:dateTime`, `http://www.w3.org/ns/odrl/2/dateTime` and `dateTime` are the same term (7.2): the bare one is kept. */
export function odrlTerm(text: string): string {
  for (const prefix of [odrlNamespace, odrlPrefix]) {
    // The prefix alone is no term; it stays what it is, so that a term is never empty.
    if (text.startsWith(prefix) && text.length > prefix.length) return text.slice(prefix.length)
  }
  return text
}
