/** The DID of a role that the kit plays itself, on its own port. */
export function kitDid(kitUrl: string, role: 'holder' | 'issuer' | 'verifier' | 'thirdparty'): string {
  return didBelow(kitUrl, role)
}

/** `did:web:localhost%3A7100:name` for a name below a public URL. */
export function didBelow(publicUrl: string, name: string): string {
  return `did:web:${new URL(publicUrl).host.replace(':', '%3A')}:${name}`
}
