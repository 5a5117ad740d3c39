export { smallDetail } from '@shared/events/detail'
