const MB = 1e6
const GB = 1e9

/** 86 MB, 1.2 GB; what is there is never told as nothing. */
export function sizeText(bytes: number): string {
  if (bytes >= GB) return `${(bytes / GB).toFixed(1)} GB`
  return bytes > 0 && bytes < MB ? '< 1 MB' : `${Math.round(bytes / MB)} MB`
}
