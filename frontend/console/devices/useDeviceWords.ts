import { useWords } from '@shared/i18n'
import { useLengths } from '../lengths'
import type { DeviceCell } from './deviceCells'
import type { Age } from './troubleAges'

/** A device's state in words: "共享已停 36 秒". */
export function useDeviceWords() {
  const { t } = useWords()
  const { size, rough } = useLengths()
  const figure = (one: DeviceCell): string => (one.key === 'space' ? size(one.value ?? 0) : String(one.value ?? ''))
  return {
    name: (one: DeviceCell): string => t(`device.name.${one.key}`),
    said(one: DeviceCell, age: Age | null): string {
      const words = t(`device.is.${one.word}`, { n: figure(one) })
      if (!age) return words
      return t(age.atLeast ? 'device.forAtLeast' : 'device.for', { words, length: rough(age.ms) })
    },
  }
}
