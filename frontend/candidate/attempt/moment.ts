export { atMoment, pause } from '@shared/time/moment'
