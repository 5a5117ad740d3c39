const MB = 1e6
const GB = 1e9

/** 86 MB, 1.2 GB; what is there is never told as nothing. A line is not broken inside. */
export function sizeText(bytes: number): string {
  if (bytes >= GB) return `${(bytes / GB).toFixed(1)}\u00a0GB`
  return bytes > 0 && bytes < MB ? '<\u00a01\u00a0MB' : `${Math.round(bytes / MB)}\u00a0MB`
}
