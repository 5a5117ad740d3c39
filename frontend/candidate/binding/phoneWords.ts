import { Smartphone } from '@lucide/vue'
import type { PhoneState } from '@shared/api/types'
import type { DeviceFact } from '@shared/components/DeviceHealth.vue'
import { useWords } from '@shared/i18n'

const LOW_PERCENT = 20

/** The phone in one cell: what it does and how full its battery is. */
export function usePhoneWords() {
  const { t } = useWords()
  const words = (phone: PhoneState): string => {
    const said = t(`binding.phone.${phone.state}`)
    return phone.state === 'recording' && phone.battery !== null && phone.battery !== undefined
      ? t('binding.phone.withBattery', { said, n: phone.battery })
      : said
  }
  const tone = (phone: PhoneState): DeviceFact['tone'] => {
    if (phone.state === 'none') return 'idle'
    if (phone.state === 'lost' || phone.state === 'stopped') return 'warn'
    const low = phone.charging === false && (phone.battery ?? 100) < LOW_PERCENT
    return low || phone.visible === false ? 'warn' : 'ok'
  }
  return {
    words,
    /** One word beside the name, in a row of the right panel; nothing where all is well. */
    short: (phone: PhoneState): string => {
      if (phone.state !== 'recording') return t(`binding.phone.short.${phone.state}`)
      return tone(phone) === 'warn' && phone.battery != null && phone.charging === false && phone.battery < LOW_PERCENT
        ? t('binding.phone.short.battery', { n: phone.battery })
        : phone.visible === false ? t('binding.phone.short.hidden') : ''
    },
    tone,
    fact: (phone: PhoneState): DeviceFact => ({ key: 'phone', icon: Smartphone, name: t('binding.phone.name'), value: words(phone), tone: tone(phone) }),
  }
}
