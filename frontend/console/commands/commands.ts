// What staff may do for one candidate beyond the rules, each with a reason that is kept.

export type Command = 'waiver' | 'rebinding' | 'readmission' | 'homeSecret'

export const COMMANDS: readonly Command[] = ['waiver', 'rebinding', 'readmission', 'homeSecret']

/** Reasons that are often true; names of their words under `commands.<command>.proposals.`. */
export const PROPOSALS: Readonly<Record<Command, readonly string[]>> = {
  waiver: ['broken', 'cannot', 'organiser'],
  rebinding: ['empty', 'lost', 'broken'],
  readmission: ['computer', 'network', 'queue'],
  homeSecret: ['lost', 'used', 'changed'],
}

/** Where a command is sent; the home secret belongs to the registration, since it opens before any attempt. */
export function pathOf(command: Command, attemptId: string, registrationId: string): string {
  if (command === 'homeSecret') return `/registrations/${registrationId}/home-secret`
  const names = { waiver: 'binding-waiver', rebinding: 'rebinding', readmission: 'readmission' } as const
  return `/attempts/${attemptId}/${names[command]}`
}
