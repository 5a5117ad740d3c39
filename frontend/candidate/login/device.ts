export { deviceId } from '@shared/page/device'
