export { EventLog } from '@shared/events/log'
