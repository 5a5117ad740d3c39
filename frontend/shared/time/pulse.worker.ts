/** Counts for a page: a browser slows the timers of hidden pages down to one a minute, those of workers it leaves alone. */

let timer: ReturnType<typeof setInterval> | undefined

self.onmessage = ({ data: everyMs }: MessageEvent<number>) => {
  clearInterval(timer)
  timer = setInterval(() => self.postMessage(null), everyMs)
}
