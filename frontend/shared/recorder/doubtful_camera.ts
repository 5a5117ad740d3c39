/** Programs that put a picture of their own in a camera's place. A label proves nothing: people look, and judge. */
const PROGRAMS = /\bOBS\b|ManyCam|Snap Camera|XSplit|e2eSoft|\bvirtual\b|虚拟/i

/** Whether a camera's label names a program instead of a device. */
export function isDoubtful(label: string): boolean {
  return PROGRAMS.test(label)
}
